#include <charconv>

#include "base/cat.h"
#include "text/jinja/members.h"
#include "text/jinja/operators.h"
#include "text/jinja/print.h"
#include "text/unicode/utf8.h"

namespace lab::jinja {

namespace {

bool all_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == text.npos;
}

Maybe<std::int64_t> parse_number(Context& context, std::string_view digits) {
  std::int64_t value = 0;
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || end != digits.data() + digits.size()) {
    return context.fail(cat("'", digits, "' in a format is not a number"));
  }
  return value;
}

Maybe<FormatSpec> parse_spec(Context& context, std::string_view text) {
  FormatSpec spec;
  auto is_align = [](char c) { return c == '<' || c == '>' || c == '^' || c == '='; };
  std::size_t at = 0;
  auto take = [&](std::string_view any) {
    return at < text.size() && any.find(text[at]) != any.npos ? text[at++] : '\0';
  };
  std::size_t fill = text.empty() ? 0 : unicode::utf8_length(static_cast<unsigned char>(text[0]));
  if (fill > 0 && fill < text.size() && is_align(text[fill])) {
    spec.fill = text.substr(0, fill);
    spec.align = text[fill];
    at = fill + 1;
  } else {
    spec.align = take("<>^=");
  }
  if (char sign = take("+- ")) spec.sign = sign;
  if (take("#")) spec.alternate = true;
  if (take("0") && spec.align == 0) spec.fill = "0", spec.align = '=';
  auto digits = [&] {
    std::size_t begin = at;
    while (take("0123456789")) {
    }
    return text.substr(begin, at - begin);
  };
  if (auto width = digits(); !width.empty()) {
    LAB_TRY(spec.width, parse_number(context, width));
  }
  spec.grouping = take(",_");
  if (take(".")) {
    LAB_TRY(spec.precision, parse_number(context, digits()));
  }
  if (at < text.size()) spec.type = text[at++];
  if (at < text.size()) return context.fail(cat("invalid format specifier '", text, "'"));
  return spec;
}

class BraceFormatter {
 public:
  BraceFormatter(Context& context, const Arguments& arguments)
      : context_(context), arguments_(arguments) {}

  Maybe<void> run(const Text& format, TextBuilder& out) {
    std::string_view source = format.view();
    std::size_t at = 0;
    while (at < source.size()) {
      std::size_t brace = std::min(source.find_first_of("{}", at), source.size());
      out.append(format, at, brace);
      if (brace == source.size()) break;
      bool doubled = brace + 1 < source.size() && source[brace + 1] == source[brace];
      at = brace + (doubled ? 2 : 1);
      if (doubled) {
        out.append(format, brace, brace + 1);
        continue;
      }
      if (source[brace] == '}') return context_.fail("single '}' in a format");
      std::size_t end = at;
      for (int open = 1; open > 0; ++end) {
        if (end >= source.size()) return context_.fail("single '{' in a format");
        open += source[end] == '{' ? 1 : source[end] == '}' ? -1 : 0;
      }
      LAB_CHECK(field(source.substr(at, end - 1 - at), out));
      at = end;
    }
    return {};
  }

 private:
  Maybe<void> field(std::string_view text, TextBuilder& out) {
    std::size_t bracket = 0, name_end = 0;  // "!" and ":" inside [...] belong to the name
    while (name_end < text.size() &&
           (bracket > 0 || (text[name_end] != '!' && text[name_end] != ':'))) {
      bracket += text[name_end] == '[';
      if (text[name_end] == ']' && bracket > 0) --bracket;
      ++name_end;
    }
    LAB_TRY(Value value, lookup(text.substr(0, name_end)));
    std::string_view rest = text.substr(name_end);
    if (!rest.empty() && rest[0] == '!') {
      if (rest.size() < 2 || (rest.size() > 2 && rest[2] != ':') ||
          (rest[1] != 'r' && rest[1] != 's')) {
        return context_.fail("a format knows only the conversions !r and !s");
      }
      TextBuilder converted(context_.budget);
      rest[1] == 'r' ? append_repr(context_, converted, value)
                     : append_str(context_, converted, value);
      value = Value(converted.finish());
      rest.remove_prefix(2);
    }
    if (!rest.empty()) rest.remove_prefix(1);  // the colon
    if (rest.empty()) return append_str(context_, out, value), Maybe<void>();
    TextBuilder expanded(context_.budget);
    LAB_CHECK(expand(rest, expanded));
    Text spec_text = expanded.finish();
    LAB_TRY(FormatSpec spec, parse_spec(context_, spec_text.view()));
    return append_formatted(context_, out, value, spec);
  }

  // Fills in the fields inside a format specifier, as the one in "{:{width}}".
  Maybe<void> expand(std::string_view spec, TextBuilder& out) {
    while (!spec.empty()) {
      std::size_t open = std::min(spec.find('{'), spec.size());
      out.append(spec.substr(0, open));
      spec.remove_prefix(open);
      if (spec.empty()) break;
      std::size_t close = spec.find('}');
      if (close == spec.npos || spec.substr(1, close).find('{') != spec.npos) {
        return context_.fail("a format nests too deep");
      }
      LAB_TRY(Value value, lookup(spec.substr(1, close - 1)));
      append_str(context_, out, value);
      spec.remove_prefix(close + 1);
    }
    return {};
  }

  Maybe<Value> lookup(std::string_view name) {
    std::size_t end = std::min(name.find_first_of(".["), name.size());
    LAB_TRY(Value value, argument(name.substr(0, end)));
    name.remove_prefix(end);
    while (!name.empty()) {
      if (name[0] == '.') {
        end = std::min(name.find_first_of(".[", 1), name.size());
        LAB_TRY(value, attribute(context_, value, name.substr(1, end - 1)));
      } else {
        std::size_t close = name.find(']');
        if (name[0] != '[' || close == name.npos) return context_.fail("a format misses a ']'");
        std::string_view key = name.substr(1, close - 1);
        Value index{Text(key)};
        if (all_digits(key)) {
          LAB_TRY(index, parse_number(context_, key));
        }
        LAB_TRY(value, item(context_, value, index));
        end = close + 1;
      }
      name.remove_prefix(end);
    }
    return value;
  }

  Maybe<Value> argument(std::string_view name) {
    if (name.empty() || all_digits(name)) {
      auto index = static_cast<std::int64_t>(automatic_);
      if (name.empty()) {
        ++automatic_;
      } else {
        LAB_TRY(index, parse_number(context_, name));
      }
      (name.empty() ? saw_automatic_ : saw_manual_) = true;
      if (saw_automatic_ && saw_manual_) {
        return context_.fail("a format numbers either all its fields or none");
      }
      if (static_cast<std::size_t>(index) >= arguments_.positional.size()) {
        return context_.fail(cat("a format has no argument number ", index));
      }
      return arguments_.positional[static_cast<std::size_t>(index)];
    }
    for (const auto& [key, value] : arguments_.named) {
      if (key == name) return value;
    }
    return context_.fail(cat("a format has no argument '", name, "'"));
  }

  Context& context_;
  const Arguments& arguments_;
  std::size_t automatic_ = 0;
  bool saw_automatic_ = false, saw_manual_ = false;
};

}  // namespace

Maybe<Value> format_braces(Context& context, const Value& format, const Arguments& arguments) {
  TextBuilder out(context.budget);
  LAB_CHECK(BraceFormatter(context, arguments).run(format.text(), out));
  return Value(out.finish());
}

}  // namespace lab::jinja
