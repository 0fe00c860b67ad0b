// The methods of texts that make other texts: case, strip, split, replace, pad.
#include <algorithm>
#include <vector>

#include "base/cat.h"
#include "text/jinja/iteration.h"
#include "text/jinja/members.h"
#include "text/jinja/operators.h"
#include "text/jinja/print.h"
#include "text/jinja/text_tools.h"

namespace lab::jinja {

namespace {

constexpr std::int64_t kMaxWidth = 1'000'000;

template <Text (*kChange)(Context&, const Text&)>
Maybe<Value> change(Context& context, const Value& self, const Arguments& arguments) {
  LAB_CHECK(Parameters::bind(context, "the method", arguments, {}));
  return Value(kChange(context, self.text()));
}

template <bool kLeft, bool kRight>
Maybe<Value> strip_method(Context& context, const Value& self, const Arguments& arguments) {
  LAB_TRY(Parameters given, Parameters::bind(context, "strip", arguments, {"chars"}));
  if (!given.some(0)) return Value(strip(context, self.text(), nullptr, kLeft, kRight));
  LAB_TRY(Text characters, given.text(context, 0));
  return Value(strip(context, self.text(), &characters, kLeft, kRight));
}

template <bool kFromRight>
Maybe<Value> split_method(Context& context, const Value& self, const Arguments& arguments) {
  LAB_TRY(Parameters given, Parameters::bind(context, "split", arguments, {"sep", "maxsplit"}));
  LAB_TRY(std::int64_t most, given.integer(context, 1, -1));
  std::vector<Value> pieces;
  if (!given.some(0)) {
    pieces = split_at_spaces(context, self.text(), most, kFromRight);
  } else {
    LAB_TRY(Text separator, given.text(context, 0));
    if (separator.empty()) return context.fail("empty separator");
    pieces = split_at(context, self.text(), separator.view(), most, kFromRight);
  }
  return make_list(context.budget, std::move(pieces));
}

Maybe<Value> splitlines(Context& context, const Value& self, const Arguments& arguments) {
  LAB_TRY(Parameters given, Parameters::bind(context, "splitlines", arguments, {"keepends"}));
  LAB_TRY(std::int64_t keep_ends, given.integer(context, 0, 0));
  return make_list(context.budget, split_lines(context, self.text(), keep_ends != 0));
}

template <bool kFromRight>
Maybe<Value> partition(Context& context, const Value& self, const Arguments& arguments) {
  LAB_TRY(Parameters given, Parameters::bind(context, "partition", arguments, {"sep"}, 1));
  LAB_TRY(Text separator, given.text(context, 0));
  if (separator.empty()) return context.fail("empty separator");
  const Text& text = self.text();
  std::size_t at =
      kFromRight ? text.view().rfind(separator.view()) : text.view().find(separator.view());
  std::vector<Value> parts(3, Value(Text()));
  if (at == std::string_view::npos) {
    parts[kFromRight ? 2 : 0] = self;
  } else {
    std::size_t end = at + separator.view().size();
    parts[0] = Value(cut(context.budget, text, 0, at));
    parts[1] = Value(cut(context.budget, text, at, end));
    parts[2] = Value(cut(context.budget, text, end));
  }
  return make_tuple(context.budget, std::move(parts));
}

Maybe<Value> replace_method(Context& context, const Value& self, const Arguments& arguments) {
  LAB_TRY(Parameters given,
          Parameters::bind(context, "replace", arguments, {"old", "new", "count"}, 2));
  LAB_TRY(Text old, given.text(context, 0));
  LAB_TRY(Text with, given.text(context, 1));
  LAB_TRY(std::int64_t count, given.integer(context, 2, -1));
  return Value(replace(context, self.text(), old, with, count));
}

Maybe<Value> join_method(Context& context, const Value& self, const Arguments& arguments) {
  LAB_TRY(Parameters given, Parameters::bind(context, "join", arguments, {"iterable"}, 1));
  LAB_TRY(Iteration items, Iteration::over(context, given[0]));
  TextBuilder out(context.budget);
  for (bool first = true; auto item = items.next(context); first = false) {
    if (!item->is_text()) {
      return context.fail(
          cat("join wants strings, got ", type_name(*item), "; use the filter join"));
    }
    if (!first) out.append(self.text());
    out.append(item->text());
  }
  return Value(out.finish());
}

template <char kAlign>
Maybe<Value> justify(Context& context, const Value& self, const Arguments& arguments) {
  LAB_TRY(Parameters given,
          Parameters::bind(context, "the method", arguments, {"width", "fillchar"}, 1));
  LAB_TRY(std::int64_t width, given.integer(context, 0, 0));
  LAB_TRY(Text fill, given.text(context, 1, Text(" ")));
  if (fill.length() != 1) return context.fail("the fill character must be one character");
  if (width > kMaxWidth) return context.fail("the width is too large");
  return Value(pad(context, self.text(), width, kAlign, fill));
}

Maybe<Value> zfill(Context& context, const Value& self, const Arguments& arguments) {
  LAB_TRY(Parameters given, Parameters::bind(context, "zfill", arguments, {"width"}, 1));
  LAB_TRY(std::int64_t width, given.integer(context, 0, 0));
  if (width > kMaxWidth) return context.fail("the width is too large");
  const Text& text = self.text();
  std::size_t sign = !text.empty() && (text.view()[0] == '+' || text.view()[0] == '-') ? 1 : 0;
  TextBuilder out(context.budget);
  out.append(text, 0, sign);
  for (auto i = static_cast<std::int64_t>(text.length()); i < width; ++i) out.append("0");
  out.append(text, sign);
  return Value(out.finish());
}

template <bool kPrefix>
Maybe<Value> remove_affix(Context& context, const Value& self, const Arguments& arguments) {
  LAB_TRY(Parameters given, Parameters::bind(context, "the method", arguments, {"affix"}, 1));
  LAB_TRY(Text affix, given.text(context, 0));
  const Text& text = self.text();
  bool there =
      kPrefix ? text.view().starts_with(affix.view()) : text.view().ends_with(affix.view());
  if (!there) return self;
  std::size_t rest = text.view().size() - affix.view().size();
  return Value(kPrefix ? cut(context.budget, text, affix.view().size())
                       : cut(context.budget, text, 0, rest));
}

Maybe<Value> expandtabs(Context& context, const Value& self, const Arguments& arguments) {
  LAB_TRY(Parameters given, Parameters::bind(context, "expandtabs", arguments, {"tabsize"}));
  LAB_TRY(std::int64_t size, given.integer(context, 0, 8));
  if (size > kMaxWidth) return context.fail("the tab size is too large");
  TextBuilder out(context.budget);
  OriginCursor origins(self.text());
  std::int64_t column = 0;
  for (std::size_t at = 0; at < self.view().size() && context.budget.spend(1); ++at) {
    char c = self.view()[at];
    if (c == '\t') {
      std::int64_t spaces = size > 0 ? size - column % size : 0;
      out.append(std::string(static_cast<std::size_t>(spaces), ' '), origins.at(at));
      column += spaces;
    } else {
      out.append(self.text(), at, at + 1);
      bool continues = (static_cast<unsigned char>(c) & 0xC0) == 0x80;
      column = c == '\n' || c == '\r' ? 0 : column + !continues;
    }
  }
  return Value(out.finish());
}

Maybe<Value> format_map(Context& context, const Value& self, const Arguments& arguments) {
  LAB_TRY(Parameters given, Parameters::bind(context, "format_map", arguments, {"mapping"}, 1));
  if (!given[0].is_dict()) return context.fail("format_map wants a dict");
  Arguments named;
  for (const auto& [key, value] : given[0].dict().items) {
    if (key.is_text()) named.named.emplace_back(std::string(key.view()), value);
  }
  return format_braces(context, self, named);
}

constexpr NamedBuiltin kMethods[] = {
    {"upper", change<upper>},
    {"lower", change<lower>},
    {"casefold", change<casefold>},
    {"title", change<title>},
    {"capitalize", change<capitalize>},
    {"swapcase", change<swapcase>},
    {"strip", strip_method<true, true>},
    {"lstrip", strip_method<true, false>},
    {"rstrip", strip_method<false, true>},
    {"split", split_method<false>},
    {"rsplit", split_method<true>},
    {"splitlines", splitlines},
    {"partition", partition<false>},
    {"rpartition", partition<true>},
    {"replace", replace_method},
    {"join", join_method},
    {"ljust", justify<'<'>},
    {"rjust", justify<'>'>},
    {"center", justify<'^'>},
    {"zfill", zfill},
    {"removeprefix", remove_affix<true>},
    {"removesuffix", remove_affix<false>},
    {"expandtabs", expandtabs},
    {"format", format_braces},
    {"format_map", format_map},
};

}  // namespace

std::span<const NamedBuiltin> text_methods() { return kMethods; }

}  // namespace lab::jinja
