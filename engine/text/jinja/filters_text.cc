// Filters that make texts.
#include "base/cat.h"
#include "text/jinja/characters.h"
#include "text/jinja/filters.h"
#include "text/jinja/operators.h"
#include "text/jinja/print.h"
#include "text/jinja/text_tools.h"
#include "text/unicode/utf8.h"

namespace lab::jinja {

namespace {

constexpr std::int64_t kMaxWidth = 1'000'000;

template <Text (*kChange)(Context&, const Text&)>
Maybe<Value> change(Context& context, const Value& self, const Arguments& arguments) {
  LAB_CHECK(Parameters::bind(context, "the filter", arguments, {}));
  return Value(kChange(context, to_text(context, self)));
}

Maybe<Value> string(Context& context, const Value& self, const Arguments& arguments) {
  LAB_CHECK(Parameters::bind(context, "string", arguments, {}));
  return Value(to_text(context, self));
}

Maybe<Value> trim(Context& context, const Value& self, const Arguments& arguments) {
  LAB_TRY(Parameters given, Parameters::bind(context, "trim", arguments, {"chars"}));
  Text text = to_text(context, self);
  if (!given.some(0)) return Value(strip(context, text, nullptr, true, true));
  LAB_TRY(Text characters, given.text(context, 0));
  return Value(strip(context, text, &characters, true, true));
}

Maybe<Value> replace_filter(Context& context, const Value& self, const Arguments& arguments) {
  LAB_TRY(Parameters given,
          Parameters::bind(context, "replace", arguments, {"old", "new", "count"}, 2));
  std::int64_t count = -1;
  if (given.some(2)) {
    LAB_TRY(count, given.integer(context, 2, -1));
  }
  return Value(replace(context, to_text(context, self), to_text(context, given[0]),
                       to_text(context, given[1]), count));
}

Maybe<Value> indent(Context& context, const Value& self, const Arguments& arguments) {
  LAB_TRY(Parameters given,
          Parameters::bind(context, "indent", arguments, {"width", "first", "blank"}));
  if (self.is_undefined()) return context.fail(self.why_undefined());
  if (!self.is_text()) return context.fail(cat("indent wants a string, got ", type_name(self)));
  Text indention(std::string(4, ' '));
  if (given.has(0) && given[0].is_text()) {
    indention = given[0].text();
  } else if (given.has(0)) {
    LAB_TRY(std::int64_t width, given.integer(context, 0, 4));
    if (width > kMaxWidth) return context.fail("the indentation is too wide");
    indention = Text(std::string(static_cast<std::size_t>(std::max<std::int64_t>(width, 0)), ' '));
  }
  TextBuilder ended(context.budget);  // a line break at the end makes a last, empty line
  ended.append(self.text());
  ended.append("\n");
  std::vector<Value> lines = split_lines(context, ended.finish(), false);
  TextBuilder out(context.budget);
  if (given.truthy(1)) out.append(indention);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (i > 0) out.append("\n");
    if (i > 0 && (given.truthy(2) || !lines[i].text().empty())) out.append(indention);
    out.append(lines[i].text());
  }
  return Value(out.finish());
}

Maybe<Value> center(Context& context, const Value& self, const Arguments& arguments) {
  LAB_TRY(Parameters given, Parameters::bind(context, "center", arguments, {"width"}));
  LAB_TRY(std::int64_t width, given.integer(context, 0, 80));
  if (width > kMaxWidth) return context.fail("the width is too large");
  return Value(pad(context, to_text(context, self), width, '^', Text(" ")));
}

Maybe<Value> truncate(Context& context, const Value& self, const Arguments& arguments) {
  LAB_TRY(Parameters given, Parameters::bind(context, "truncate", arguments,
                                             {"length", "killwords", "end", "leeway"}));
  LAB_TRY(std::int64_t length, given.integer(context, 0, 255));
  LAB_TRY(Text end, given.text(context, 2, Text("...")));
  std::int64_t leeway = 5;
  if (given.some(3)) {
    LAB_TRY(leeway, given.integer(context, 3, 5));
  }
  std::optional<std::size_t> items = length_of(self);
  if (!items) return context.fail(cat("truncate wants a string, got ", type_name(self)));
  auto end_length = static_cast<std::int64_t>(end.length());
  if (length < end_length || leeway < 0) {
    return context.fail("truncate: the length is shorter than the end");
  }
  if (static_cast<std::int64_t>(*items) - leeway <= length) return self;
  if (!self.is_text()) {
    return context.fail(cat("truncate wants a string, got ", type_name(self)));
  }
  const Text& text = self.text();
  std::size_t cut_at = text.byte_at(static_cast<std::size_t>(length - end_length));
  if (!given.truthy(1)) cut_at = std::min(cut_at, text.view().substr(0, cut_at).rfind(' '));
  TextBuilder out(context.budget);
  out.append(text, 0, cut_at);
  out.append(end);
  return Value(out.finish());
}

Maybe<Value> wordcount(Context& context, const Value& self, const Arguments& arguments) {
  LAB_CHECK(Parameters::bind(context, "wordcount", arguments, {}));
  Text text = to_text(context, self);
  context.budget.spend(text.view().size() / 8);
  std::int64_t words = 0;
  bool inside = false;
  for (std::size_t at = 0; at < text.view().size();) {
    char32_t c = unicode::next_code_point(text.view(), at);
    bool word = is_alpha(c) || is_numeric(c) || c == '_';
    words += word && !inside;
    inside = word;
  }
  return Value(words);
}

Maybe<Value> format(Context& context, const Value& self, const Arguments& arguments) {
  if (!arguments.positional.empty() && !arguments.named.empty()) {
    return context.fail("format takes positional or keyword arguments, not both");
  }
  Text text = to_text(context, self);
  if (arguments.named.empty())
    return format_percent(context, text, make_tuple(context.budget, arguments.positional));
  Dict::Items items;
  for (const auto& [name, value] : arguments.named)
    items.emplace_back(Value(context.text(name)), value);
  return format_percent(context, text, make_dict(context.budget, std::move(items)));
}

Maybe<Value> safe(Context& context, const Value& self, const Arguments& arguments) {
  LAB_CHECK(Parameters::bind(context, "safe", arguments, {}));
  TextBuilder out(context.budget);
  append_str(context, out, self);
  return Value(out.finish(true));
}

Maybe<Value> escape(Context& context, const Value& self, const Arguments& arguments) {
  LAB_CHECK(Parameters::bind(context, "escape", arguments, {}));
  if (self.is_text() && self.text().is_markup()) return self;
  TextBuilder out(context.budget);
  append_escaped(out, to_text(context, self));
  return Value(out.finish(true));
}

// Not jinja2's own, which escapes HTML, but the one that transformers puts in its place.
Maybe<Value> tojson(Context& context, const Value& self, const Arguments& arguments) {
  LAB_TRY(Parameters given,
          Parameters::bind(context, "tojson", arguments,
                           {"ensure_ascii", "indent", "separators", "sort_keys"}));
  JsonStyle style;
  style.ascii_only = given.truthy(0);
  style.sort_keys = given.truthy(3);
  if (given.some(1)) {
    style.pretty = true;
    style.item_separator = Text(",");
    if (given[1].is_text()) {
      style.indent = given[1].text();
    } else {
      LAB_TRY(std::int64_t width, given.integer(context, 1, 0));
      if (width > kMaxWidth) return context.fail("the indentation is too wide");
      style.indent =
          Text(std::string(static_cast<std::size_t>(std::max<std::int64_t>(width, 0)), ' '));
    }
  }
  if (given.some(2)) {
    bool pair = given[2].is_sequence() && given[2].sequence().items.size() == 2 &&
                given[2].sequence().items[0].is_text() && given[2].sequence().items[1].is_text();
    if (!pair) return context.fail("tojson: separators must be two strings");
    style.item_separator = given[2].sequence().items[0].text();
    style.key_separator = given[2].sequence().items[1].text();
  }
  TextBuilder out(context.budget);
  LAB_CHECK(append_json(context, out, self, style));
  return Value(out.finish());
}

constexpr NamedBuiltin kFilters[] = {
    {"upper", change<upper>},
    {"lower", change<lower>},
    {"capitalize", change<capitalize>},
    {"title", change<title_words>},
    {"string", string},
    {"trim", trim},
    {"replace", replace_filter},
    {"indent", indent},
    {"center", center},
    {"truncate", truncate},
    {"wordcount", wordcount},
    {"format", format},
    {"safe", safe},
    {"escape", escape},
    {"e", escape},
    {"tojson", tojson},
};

}  // namespace

std::span<const NamedBuiltin> text_filters() { return kFilters; }

}  // namespace lab::jinja
