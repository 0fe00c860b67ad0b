// A mistake in a template is reported with its line and the name of what is wrong.
#include <gtest/gtest.h>

#include "text/chat_template.h"

namespace lab {
namespace {

struct Mistake {
  const char* source;
  int line;
  const char* says;
};

void expect_refused(const Result<Rendered>& result, const Mistake& mistake) {
  ASSERT_FALSE(result) << mistake.source;
  EXPECT_EQ(result.error().code, Code::kBadTemplate) << mistake.source;
  EXPECT_EQ(result.error().file, "chat.jinja") << mistake.source;
  EXPECT_EQ(result.error().line, mistake.line) << mistake.source;
  EXPECT_NE(result.error().message.find(mistake.says), std::string::npos) << result.error().message;
}

TEST(TemplateMistakes, AreFoundWhenParsing) {
  for (const Mistake& mistake : std::initializer_list<Mistake>{
           {"a\n{{ x|frobnicate }}", 2, "unknown filter 'frobnicate'"},
           {"\n\n{{ x is frobnicated }}", 3, "unknown test 'frobnicated'"},
           {"{% include 'x' %}", 1, "'include'"},
           {"{% block body %}{% endblock %}", 1, "'block'"},
           {"{% if x %}\n{{ x }}", 2, "'if' of line 1 is not closed"},
           {"{% for x in y %}{% endif %}", 1, "'endif'"},
           {"{{ 'abc }}", 1, "a string is not closed"},
           {"{{ a\n\n b }}", 3, "found 'b'"},
           {"{{ [1, 2 }}", 1, "unexpected '}'"},
           {"{{ 1 ? 2 }}", 1, "unexpected character '?'"},
           {"{{ '\\N{DASH}' }}", 1, "\\N"},
           {"x {# y", 1, "comment"},
           {"{% break %}", 1, "outside of a loop"},
           {"{% set none = 1 %}", 1, "'none'"},
           {"{% macro m(a=1, b) %}{% endmacro %}", 1, "default"}}) {
    auto parsed = ChatTemplate::parse(mistake.source, "chat.jinja");
    ASSERT_FALSE(parsed) << mistake.source;
    expect_refused(fail(std::move(parsed.error())), mistake);
  }
}

TEST(TemplateMistakes, AreFoundWhenRendering) {
  for (const Mistake& mistake : std::initializer_list<Mistake>{
           {"a\n{{ x.y }}", 2, "'x' is undefined"},
           {"{% set d = {'a': 1} %}\n{{ d.b.c }}", 2, "'dict object' has no attribute 'b'"},
           {"\n{{ 1 + 'a' }}", 2, "int"},
           {"{{ messages.append(1) }}", 1, "cannot change its data"},
           {"{{ ''.__class__.__mro__ }}", 1, "__class__"},
           {"\n{{ frobnicate(1) }}", 2, "'frobnicate' is undefined"},
           {"{% set x = 1 %}{% set x.y = 2 %}", 1, "no namespace"},
           {"\n\n{{ raise_exception('Roles must alternate') }}", 3, "Roles must alternate"},
           {"{% for x in 5 %}{% endfor %}", 1, "'int' object is not iterable"},
           {"{{ [1, 'a'] | sort }}", 1, "no order"},
           {"{{ undefined_thing | tojson }}", 1, "not JSON"}}) {
    auto parsed = ChatTemplate::parse(mistake.source, "chat.jinja");
    ASSERT_TRUE(parsed) << parsed.error().text();
    expect_refused(parsed->render(Json(Json::Array{})), mistake);
  }
}

TEST(TemplateMistakes, TextThatIsNotUtf8IsRefused) {
  auto parsed = ChatTemplate::parse("abc\xFF", "chat.jinja");
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().code, Code::kBadText);
  EXPECT_EQ(parsed.error().offset, 3);
}

TEST(TemplateMistakes, ConversationsOfAnotherShapeAreRefused) {
  auto chat = ChatTemplate::parse("x", "chat.jinja");
  ASSERT_TRUE(chat);
  for (const Json& messages : {Json(5), Json(Json::Array{Json("hi")}), Json()}) {
    auto rendered = chat->render(messages);
    ASSERT_FALSE(rendered);
    EXPECT_EQ(rendered.error().code, Code::kBadJson);
  }
}

}  // namespace
}  // namespace lab
