// Templates that try to hang, to eat the memory or to overflow the stack are stopped.
#include <gtest/gtest.h>

#include "text/chat_template.h"

namespace lab {
namespace {

std::string repeated(std::string_view text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

Result<Rendered> render(const std::string& source) {
  LAB_TRY(ChatTemplate chat, ChatTemplate::parse(source, "hostile"));
  return chat.render(Json(Json::Array{}));
}

void expect_limit(const std::string& source) {
  auto rendered = render(source);
  ASSERT_FALSE(rendered) << source.substr(0, 200);
  EXPECT_EQ(rendered.error().code, Code::kLimit) << rendered.error().text();
  EXPECT_GE(rendered.error().line, 1);
}

TEST(HostileTemplate, CannotRunForLong) {
  expect_limit("{% for i in range(100000) %}{% for j in range(100000) %}{% endfor %}{% endfor %}");
  expect_limit(
      "{% set s = 'x' * 1000000 %}{% for i in range(100000) %}{{ 'zz' in s }}{% endfor %}");
  expect_limit(
      "{% set s = 'x' * 1000000 %}{% for i in range(100000) %}{{ s == s ~ '' }}{% endfor %}");
}

TEST(HostileTemplate, CannotUseMuchMemory) {
  expect_limit("{{ 'a' * 1000000000000 }}");
  expect_limit(
      "{% set ns = namespace(x='a') %}{% for i in range(99) %}{% set ns.x = ns.x ~ ns.x %}{% "
      "endfor %}");
  expect_limit(
      "{% set ns = namespace(x=[1]) %}{% for i in range(99) %}{% set ns.x = ns.x + ns.x %}{% "
      "endfor %}");
  expect_limit("{{ ('a' * 1000000).replace('a', 'b' * 1000000) }}");
  expect_limit("{{ ('a,' * 5000000).split(',') | length }}");
}

TEST(HostileTemplate, CannotOverflowTheStackWhenParsed) {
  expect_limit("{{ " + repeated("(", 99999) + "1" + repeated(")", 99999) + " }}");
  expect_limit("{{ " + repeated("[", 99999) + "1" + repeated("]", 99999) + " }}");
  expect_limit("{{ " + repeated("-", 100000) + "1 }}");
  expect_limit("{{ " + repeated("not ", 100000) + "1 }}");
  expect_limit("{{ 1" + repeated(" + 1", 100000) + " }}");
  expect_limit("{{ a" + repeated(".a", 100000) + " }}");
  expect_limit("{{ a" + repeated("|trim", 100000) + " }}");
  expect_limit("{{ 1" + repeated(" if 1 else 1", 50000) + " }}");
  expect_limit(repeated("{% if 1 %}", 50000));
  expect_limit("{% set " + repeated("(", 99999) + "a" + repeated(")", 99999) + " = 1 %}");
}

TEST(HostileTemplate, CannotOverflowTheStackWhenRendered) {
  expect_limit("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}");
  expect_limit("{% macro m() %}{% call m() %}{{ caller() }}{% endcall %}{% endmacro %}{{ m() }}");
  expect_limit("{% for i in [1] recursive %}{{ loop([1]) }}{% endfor %}");
  expect_limit(
      "{% set ns = namespace(x=[]) %}{% for i in range(9999) %}{% set ns.x = [ns.x] %}{% endfor "
      "%}{{ ns.x }}");
  expect_limit(
      "{% set ns = namespace(x={}) %}{% for i in range(9999) %}{% set ns.x = {1: ns.x} %}{% endfor "
      "%}{{ ns.x }}");
}

TEST(HostileTemplate, CannotMakeValuesThatHoldThemselvesLeak) {
  EXPECT_TRUE(
      render("{% set ns = namespace() %}{% set ns.x = [ns, cycler(ns), joiner(ns)] %}{{ ns }}"));
  EXPECT_TRUE(
      render("{% set ns = namespace() %}{% for i in [1] %}{% set ns.x = loop %}{{ "
             "loop.changed(loop, ns) }}{% endfor %}"));
  EXPECT_TRUE(
      render("{% set ns = namespace() %}{% macro m() %}{% set x = ns %}{% endmacro %}{% set ns.x = "
             "m %}{{ m() }}"));
  EXPECT_TRUE(
      render("{% set ns = namespace(x=1) %}{% for i in range(9999) %}{% set ns.x = "
             "namespace(x=ns.x) %}{% endfor %}"));
}

TEST(HostileTemplate, CannotUseALoopThatHasEnded) {
  auto rendered = render(
      "{% set ns = namespace() %}{% for i in [1] recursive %}{% set ns.x = loop %}{% endfor %}{{ "
      "ns.x([1]) }}");
  ASSERT_FALSE(rendered);
  EXPECT_EQ(rendered.error().code, Code::kBadTemplate);
}

TEST(HostileTemplate, ArithmeticStaysWithinItsTypes) {
  for (const char* source :
       {"{{ 9223372036854775807 + 1 }}", "{{ -9223372036854775807 - 2 }}", "{{ 2 ** 63 }}",
        "{{ 3037000500 * 3037000500 }}", "{{ (-9223372036854775807 - 1) // -1 }}",
        "{{ (-9223372036854775807 - 1) | abs }}", "{{ 1 // 0 }}", "{{ 1 % 0 }}",
        "{{ 1e300 | int }}", "{{ '%d' % 1e300 }}", "{{ range(1000000) }}",
        "{{ '%999999999d' % 1 }}", "{{ '{:>999999999}'.format(1) }}", "{{ 'a'.ljust(999999999) }}",
        "{{ 'a' | indent(999999999) }}"}) {
    auto rendered = render(source);
    ASSERT_FALSE(rendered) << source;
    EXPECT_EQ(rendered.error().code, Code::kBadTemplate) << source;
  }
}

}  // namespace
}  // namespace lab
