// The methods of texts that ask: find, count, startswith, isdigit ...
#include <algorithm>
#include <optional>

#include "base/cat.h"
#include "text/jinja/characters.h"
#include "text/jinja/members.h"
#include "text/jinja/operators.h"
#include "text/jinja/text_tools.h"
#include "text/unicode/utf8.h"

namespace lab::jinja {

namespace {

// The bytes [begin, end) that optional start and end arguments, in characters, leave of a text;
// nullopt if the start lies behind the end of the text.
struct Window {
  std::size_t begin, end;
};

Maybe<std::optional<Window>> window(Context& context, const Text& text, const Parameters& given,
                                    std::size_t first) {
  auto length = static_cast<std::int64_t>(text.length());
  auto bound = [&](std::size_t i, std::int64_t fallback) -> Maybe<std::int64_t> {
    if (!given.some(i)) return fallback;
    LAB_TRY(std::int64_t at, given.integer(context, i, fallback));
    return at < 0 ? std::max<std::int64_t>(at + length, 0) : at;
  };
  LAB_TRY(std::int64_t start, bound(first, 0));
  LAB_TRY(std::int64_t end, bound(first + 1, length));
  end = std::min(end, length);
  if (start > end) return std::optional<Window>();
  return std::optional(Window{text.byte_at(static_cast<std::size_t>(start)),
                              text.byte_at(static_cast<std::size_t>(end))});
}

Maybe<std::optional<std::size_t>> locate(Context& context, const Value& self,
                                         const Arguments& arguments, bool from_right) {
  LAB_TRY(Parameters given,
          Parameters::bind(context, "find", arguments, {"sub", "start", "end"}, 1));
  LAB_TRY(Text wanted, given.text(context, 0));
  LAB_TRY(std::optional<Window> in, window(context, self.text(), given, 1));
  if (!in) return std::optional<std::size_t>();
  context.budget.spend(self.view().size() / 32);
  std::string_view part = self.view().substr(in->begin, in->end - in->begin);
  std::size_t at = from_right ? part.rfind(wanted.view()) : part.find(wanted.view());
  if (at == part.npos) return std::optional<std::size_t>();
  return std::optional(self.text().index_at(in->begin + at));
}

template <bool kFromRight, bool kMustExist>
Maybe<Value> find_method(Context& context, const Value& self, const Arguments& arguments) {
  LAB_TRY(std::optional<std::size_t> at, locate(context, self, arguments, kFromRight));
  if (at) return Value(static_cast<std::int64_t>(*at));
  if (kMustExist) return context.fail("substring not found");
  return Value(std::int64_t{-1});
}

Maybe<Value> count_method(Context& context, const Value& self, const Arguments& arguments) {
  LAB_TRY(Parameters given,
          Parameters::bind(context, "count", arguments, {"sub", "start", "end"}, 1));
  LAB_TRY(Text wanted, given.text(context, 0));
  LAB_TRY(std::optional<Window> in, window(context, self.text(), given, 1));
  if (!in) return Value(std::int64_t{0});
  context.budget.spend(self.view().size() / 32);
  std::string_view part = self.view().substr(in->begin, in->end - in->begin);
  if (wanted.empty()) return Value(static_cast<std::int64_t>(unicode::count_code_points(part)) + 1);
  std::int64_t count = 0;
  for (std::size_t at = part.find(wanted.view()); at != part.npos;
       at = part.find(wanted.view(), at + wanted.view().size()))
    ++count;
  return Value(count);
}

template <bool kAtStart>
Maybe<Value> affix_method(Context& context, const Value& self, const Arguments& arguments) {
  LAB_TRY(Parameters given,
          Parameters::bind(context, "startswith", arguments, {"affix", "start", "end"}, 1));
  LAB_TRY(std::optional<Window> in, window(context, self.text(), given, 1));
  std::vector<Value> affixes = {given[0]};
  if (given[0].is_sequence() && given[0].sequence().kind == SequenceKind::kTuple)
    affixes = given[0].sequence().items;
  bool found = false;
  for (const Value& affix : affixes) {
    if (!affix.is_text())
      return context.fail(cat("a string or a tuple of strings is needed, got ", type_name(affix)));
    if (!in) continue;
    std::string_view part = self.view().substr(in->begin, in->end - in->begin);
    context.budget.spend(affix.view().size() / 32);
    found = found || (kAtStart ? part.starts_with(affix.view()) : part.ends_with(affix.view()));
  }
  return Value(found);
}

// Are there characters, and all of that kind?
template <bool (*kKind)(char32_t)>
Maybe<Value> all_characters(Context& context, const Value& self, const Arguments& arguments) {
  LAB_CHECK(Parameters::bind(context, "the method", arguments, {}));
  context.budget.spend(self.view().size() / 8);
  std::string_view text = self.view();
  for (std::size_t at = 0; at < text.size();) {
    if (!kKind(unicode::next_code_point(text, at))) return Value(false);
  }
  return Value(!text.empty());
}

bool is_alphanumeric(char32_t c) { return is_alpha(c) || is_numeric(c); }
bool is_ascii(char32_t c) { return c < 0x80; }

Maybe<Value> if_empty(Maybe<Value> answer, const Value& self) {
  return answer && self.text().empty() ? Value(true) : answer;
}
Maybe<Value> is_ascii_text(Context& context, const Value& self, const Arguments& arguments) {
  return if_empty(all_characters<is_ascii>(context, self, arguments), self);
}
Maybe<Value> isprintable(Context& context, const Value& self, const Arguments& arguments) {
  return if_empty(all_characters<is_printable>(context, self, arguments), self);
}

// Has it cased characters, none of the other case?
template <bool kUpper>
Maybe<Value> is_case(Context& context, const Value& self, const Arguments& arguments) {
  LAB_CHECK(Parameters::bind(context, "the method", arguments, {}));
  return Value(has_case(context, self.text(), kUpper));
}

Maybe<Value> istitle(Context& context, const Value& self, const Arguments& arguments) {
  LAB_CHECK(Parameters::bind(context, "istitle", arguments, {}));
  context.budget.spend(self.view().size() / 8);
  bool inside = false, any = false;
  for (std::size_t at = 0; at < self.view().size();) {
    char32_t c = unicode::next_code_point(self.view(), at);
    if (is_lower(c) ? !inside : (is_cased(c) && inside)) return Value(false);
    inside = is_cased(c);
    any = any || inside;
  }
  return Value(any);
}

Maybe<Value> isidentifier(Context& context, const Value& self, const Arguments& arguments) {
  LAB_CHECK(Parameters::bind(context, "isidentifier", arguments, {}));
  context.budget.spend(self.view().size() / 8);
  for (std::size_t at = 0; at < self.view().size();) {
    bool first = at == 0;
    char32_t c = unicode::next_code_point(self.view(), at);
    if (!(c == '_' || is_alpha(c) ||
          (!first && (is_decimal(c) || unicode::is_mark(unicode::category(c))))))
      return Value(false);
  }
  return Value(!self.text().empty());
}

constexpr NamedBuiltin kMethods[] = {
    {"find", find_method<false, false>},
    {"rfind", find_method<true, false>},
    {"index", find_method<false, true>},
    {"rindex", find_method<true, true>},
    {"count", count_method},
    {"startswith", affix_method<true>},
    {"endswith", affix_method<false>},
    {"isspace", all_characters<is_space>},
    {"isalpha", all_characters<is_alpha>},
    {"isalnum", all_characters<is_alphanumeric>},
    {"isdecimal", all_characters<is_decimal>},
    {"isdigit", all_characters<is_digit>},
    {"isnumeric", all_characters<is_numeric>},
    {"isascii", is_ascii_text},
    {"isprintable", isprintable},
    {"isupper", is_case<true>},
    {"islower", is_case<false>},
    {"istitle", istitle},
    {"isidentifier", isidentifier},
};

}  // namespace

bool has_case(Context& context, const Text& text, bool upper) {
  context.budget.spend(text.view().size() / 8);
  bool any = false;
  for (std::size_t at = 0; at < text.view().size();) {
    char32_t c = unicode::next_code_point(text.view(), at);
    if (is_title(c) || (upper ? is_lower(c) : is_upper(c))) return false;
    any = any || (upper ? is_upper(c) : is_lower(c));
  }
  return any;
}

std::span<const NamedBuiltin> text_search_methods() { return kMethods; }

}  // namespace lab::jinja
