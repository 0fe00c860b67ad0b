// Filters that make numbers.
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>

#include "base/cat.h"
#include "text/jinja/characters.h"
#include "text/jinja/filters.h"
#include "text/jinja/operators.h"
#include "text/jinja/text_tools.h"

namespace lab::jinja {

namespace {

// The digits of a number as Python reads them: no spaces around, no "_" between digits.
std::optional<std::string> clean_number(Context& context, const Text& text) {
  Text stripped = strip(context, text, nullptr, true, true);
  std::string_view view = stripped.view();
  std::string out;
  for (std::size_t i = 0; i < view.size(); ++i) {
    if (view[i] != '_') {
      out += view[i];
      continue;
    }
    auto digit = [&](std::size_t at) {
      return at < view.size() && std::isalnum(static_cast<unsigned char>(view[at]));
    };
    if (i == 0 || !digit(i - 1) || !digit(i + 1)) return std::nullopt;
  }
  if (out.empty()) return std::nullopt;
  return out;
}

std::optional<double> parse_float(Context& context, const Text& text) {
  auto digits = clean_number(context, text);
  if (!digits) return std::nullopt;
  const char* begin = digits->data();
  const char* end = begin + digits->size();
  if (*begin == '+') {
    ++begin;
    if (begin < end && *begin == '-') return std::nullopt;
  }
  if (digits->find('(') != digits->npos) return std::nullopt;  // "nan(...)" is C's, not Python's
  double number = 0;
  auto [stop, error] = std::from_chars(begin, end, number);
  if (stop != end || error == std::errc::invalid_argument) return std::nullopt;
  if (error == std::errc::result_out_of_range) {
    bool tiny = digits->find("e-") != digits->npos || digits->find("E-") != digits->npos;
    double sign = *begin == '-' ? -1.0 : 1.0;
    return sign * (tiny ? 0.0 : std::numeric_limits<double>::infinity());
  }
  return number;
}

// int(text, base): nullopt if it is not a number.
Maybe<std::optional<std::int64_t>> parse_integer(Context& context, const Text& text,
                                                 std::int64_t base) {
  auto digits = clean_number(context, text);
  if (!digits) return std::optional<std::int64_t>();
  std::string_view rest = *digits;
  bool negative = rest[0] == '-';
  if (rest[0] == '-' || rest[0] == '+') rest.remove_prefix(1);
  if (rest.size() > 1 && rest[0] == '0') {
    char letter = static_cast<char>(rest[1] | 0x20);
    std::int64_t named = letter == 'x' ? 16 : letter == 'o' ? 8 : letter == 'b' ? 2 : 0;
    if (named != 0 && (base == named || base == 0)) {
      base = named;
      rest.remove_prefix(2);
    }
  }
  if (base == 0) base = 10;
  if (base < 2 || base > 36) return context.fail("int: the base must be 0 or 2 to 36");
  std::uint64_t number = 0;
  auto [end, error] =
      std::from_chars(rest.data(), rest.data() + rest.size(), number, static_cast<int>(base));
  if (rest.empty() || end != rest.data() + rest.size()) return std::optional<std::int64_t>();
  auto limit = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (error == std::errc::result_out_of_range || number > limit) {
    return context.fail("the integer does not fit into 64 bits");
  }
  auto magnitude = static_cast<std::int64_t>(number);
  return std::optional(negative ? -magnitude : magnitude);
}

Maybe<Value> truncate_float(Context& context, double number) {
  if (!(std::fabs(number) < 0x1p63))
    return context.fail("the number does not fit into an integer of 64 bits");
  return Value(static_cast<std::int64_t>(number));
}

Maybe<Value> to_integer(Context& context, const Value& self, const Arguments& arguments) {
  LAB_TRY(Parameters given, Parameters::bind(context, "int", arguments, {"default", "base"}));
  LAB_TRY(std::int64_t base, given.integer(context, 1, 10));
  Value fallback = given.has(0) ? given[0] : Value(std::int64_t{0});
  if (self.is_undefined()) return context.fail(self.why_undefined());
  if (self.is_whole()) return Value(self.whole());
  if (self.is_float()) {
    if (std::isnan(self.number())) return fallback;
    return truncate_float(context, self.number());
  }
  if (!self.is_text()) return fallback;
  LAB_TRY(std::optional<std::int64_t> whole, parse_integer(context, self.text(), base));
  if (whole) return Value(*whole);
  std::optional<double> number = parse_float(context, self.text());
  if (!number || !std::isfinite(*number)) return fallback;
  return truncate_float(context, *number);
}

Maybe<Value> to_float(Context& context, const Value& self, const Arguments& arguments) {
  LAB_TRY(Parameters given, Parameters::bind(context, "float", arguments, {"default"}));
  if (self.is_undefined()) return context.fail(self.why_undefined());
  if (self.is_number()) return Value(self.number());
  std::optional<double> number;
  if (self.is_text()) number = parse_float(context, self.text());
  if (number) return Value(*number);
  return given.has(0) ? given[0] : Value(0.0);
}

Maybe<Value> absolute(Context& context, const Value& self, const Arguments& arguments) {
  LAB_CHECK(Parameters::bind(context, "abs", arguments, {}));
  if (self.is_undefined()) return context.fail(self.why_undefined());
  if (self.is_float()) return Value(std::fabs(self.number()));
  if (!self.is_whole()) return context.fail(cat("abs wants a number, got ", type_name(self)));
  return self.whole() < 0 ? negate(context, self) : Maybe<Value>(Value(self.whole()));
}

// Half to even on the exact decimal value, as Python's round().
double round_float(double number, std::int64_t precision) {
  if (!std::isfinite(number) || precision > 323) return number;
  if (precision < -308) return std::copysign(0.0, number);
  if (precision < 0) {
    double unit = std::pow(10.0, static_cast<double>(-precision));
    return std::nearbyint(number / unit) * unit;
  }
  char buffer[720];
  auto end = std::to_chars(buffer, buffer + sizeof buffer, number, std::chars_format::fixed,
                           static_cast<int>(precision))
                 .ptr;
  double rounded = number;
  std::from_chars(buffer, end, rounded);
  return rounded;
}

Maybe<Value> round_integer(Context& context, std::int64_t number, std::int64_t precision) {
  if (precision >= 0) return Value(number);
  if (precision < -18) return Value(std::int64_t{0});
  std::int64_t unit = 1;
  for (std::int64_t i = precision; i < 0; ++i) unit *= 10;
  std::int64_t quotient = number / unit, rest = number % unit;
  std::int64_t magnitude = rest < 0 ? -rest : rest;
  bool away = magnitude > unit - magnitude || (magnitude == unit - magnitude && quotient % 2 != 0);
  if (away) quotient += number < 0 ? -1 : 1;
  return arithmetic(context, Operator::kMultiply, Value(quotient), Value(unit));
}

Maybe<Value> round_filter(Context& context, const Value& self, const Arguments& arguments) {
  LAB_TRY(Parameters given, Parameters::bind(context, "round", arguments, {"precision", "method"}));
  LAB_TRY(std::int64_t precision, given.integer(context, 0, 0));
  LAB_TRY(Text method, given.text(context, 1, Text("common")));
  if (self.is_undefined()) return context.fail(self.why_undefined());
  if (!self.is_number()) return context.fail(cat("round wants a number, got ", type_name(self)));
  if (method.view() == "common") {
    if (self.is_whole()) return round_integer(context, self.whole(), precision);
    return Value(round_float(self.number(), precision));
  }
  if (method.view() != "ceil" && method.view() != "floor") {
    return context.fail("round: the method must be common, ceil or floor");
  }
  double unit = std::pow(10.0, static_cast<double>(precision));
  double scaled = self.number() * unit;
  if (!std::isfinite(scaled)) return context.fail("round: the number is too large");
  return Value((method.view() == "ceil" ? std::ceil(scaled) : std::floor(scaled)) / unit);
}

constexpr NamedBuiltin kFilters[] = {
    {"int", to_integer},
    {"float", to_float},
    {"abs", absolute},
    {"round", round_filter},
};

}  // namespace

std::span<const NamedBuiltin> number_filters() { return kFilters; }

}  // namespace lab::jinja
