#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/cat.h"
#include "text/jinja/operators.h"
#include "text/jinja/print.h"

namespace lab::jinja {

namespace {

constexpr std::int64_t kMaxWidth = 1'000'000;
constexpr std::int64_t kMaxPrecision = 1000;

// A number without its padding.
struct Digits {
  std::string sign, prefix, digits;
};

std::string group(const std::string& digits, char separator, std::size_t size) {
  std::size_t whole = std::min(digits.find_first_not_of("0123456789abcdefABCDEF"), digits.size());
  std::string out;
  for (std::size_t i = 0; i < whole; ++i) {
    if (i > 0 && (whole - i) % size == 0) out += separator;
    out += digits[i];
  }
  return out + digits.substr(whole);
}

Maybe<Digits> integer_digits(Context& context, std::int64_t number, const FormatSpec& spec) {
  Digits out;
  if (number < 0) out.sign = "-";
  std::uint64_t magnitude = static_cast<std::uint64_t>(number);
  if (number < 0) magnitude = 0 - magnitude;
  int base = 10;
  switch (spec.type) {
    case 0:
    case 'd':
    case 'n':
    case 'i':
    case 'u':
      break;
    case 'b':
      base = 2;
      break;
    case 'o':
      base = 8;
      break;
    case 'x':
    case 'X':
      base = 16;
      break;
    default:
      return context.fail(cat("unknown format code '", spec.type, "' for an integer"));
  }
  char buffer[72];
  out.digits.assign(buffer, std::to_chars(buffer, buffer + sizeof buffer, magnitude, base).ptr);
  if (spec.alternate && base != 10) out.prefix = {'0', spec.type};
  if (spec.type == 'X') {
    for (char& c : out.digits) c = c >= 'a' ? static_cast<char>(c - 32) : c;
  }
  if (spec.grouping != 0) out.digits = group(out.digits, spec.grouping, base == 10 ? 3 : 4);
  return out;
}

Maybe<Digits> float_digits(Context& context, double number, const FormatSpec& spec) {
  Digits out;
  if (std::signbit(number) && !std::isnan(number)) out.sign = "-";
  double magnitude = std::fabs(number);
  char type = spec.type == 'F' ? 'f' : spec.type == 'E' ? 'e' : spec.type == 'G' ? 'g' : spec.type;
  if (!std::isfinite(number)) {
    out.digits = std::isnan(number) ? "nan" : "inf";
  } else if (type == 0 && spec.precision < 0) {
    out.digits = float_text(magnitude);
  } else {
    auto precision = static_cast<int>(spec.precision < 0 ? 6 : spec.precision);
    std::chars_format format = std::chars_format::general;
    if (type == 'f' || type == '%')
      format = std::chars_format::fixed;
    else if (type == 'e')
      format = std::chars_format::scientific;
    else if (type != 'g' && type != 'n' && type != 0) {
      return context.fail(cat("unknown format code '", spec.type, "' for a float"));
    }
    if (format == std::chars_format::general && precision == 0) precision = 1;
    if (type == '%') magnitude *= 100;
    std::string buffer(static_cast<std::size_t>(precision) + 400, '\0');
    auto end =
        std::to_chars(buffer.data(), buffer.data() + buffer.size(), magnitude, format, precision);
    out.digits.assign(buffer.data(), end.ptr);
    bool whole = out.digits.find_first_of(".e") == out.digits.npos;
    if (type == 0 && whole) out.digits += ".0";
    if (spec.alternate && whole && type != 0) out.digits += ".";
    if (type == '%') out.digits += "%";
  }
  if (spec.type == 'F' || spec.type == 'E' || spec.type == 'G') {
    for (char& c : out.digits) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  }
  if (spec.grouping != 0 && std::isfinite(number)) out.digits = group(out.digits, spec.grouping, 3);
  return out;
}

void append_padded(TextBuilder& out, const FormatSpec& spec, char align, std::string_view lead,
                   const Text& body) {
  auto length = static_cast<std::int64_t>(lead.size() + body.length());
  std::int64_t padding = std::max<std::int64_t>(spec.width - length, 0);
  std::int64_t before = align == '<' ? 0 : align == '^' ? padding / 2 : padding;
  auto pad = [&](std::int64_t count) {
    std::string fill;
    for (std::int64_t i = 0; i < count; ++i) fill += spec.fill;
    out.append(fill);
  };
  if (align == '=') out.append(lead);
  pad(before);
  if (align != '=') out.append(lead);
  out.append(body);
  pad(padding - before);
}

}  // namespace

Maybe<void> append_formatted(Context& context, TextBuilder& out, const Value& value,
                             const FormatSpec& spec) {
  if (spec.width > kMaxWidth || spec.precision > kMaxPrecision) {
    return context.fail("the width or precision of a format is too large");
  }
  context.budget.spend(static_cast<std::uint64_t>(spec.width));
  if (value.is_text()) {
    if (spec.type != 0 && spec.type != 's') {
      return context.fail(cat("unknown format code '", spec.type, "' for a string"));
    }
    if (spec.align == '=' || spec.sign != '-') {
      return context.fail("a sign or '=' alignment is not allowed for a string");
    }
    Text body = value.text();
    if (spec.precision >= 0) {
      body = cut(context.budget, body, 0, body.byte_at(static_cast<std::size_t>(spec.precision)));
    }
    append_padded(out, spec, spec.align ? spec.align : '<', {}, body);
    return {};
  }
  if (!value.is_number()) {
    return context.fail(cat("a format is not supported for a value of type ", type_name(value)));
  }
  constexpr std::string_view kFloatTypes = "eEfFgG%";
  bool as_float =
      value.is_float() || (spec.type != 0 && kFloatTypes.find(spec.type) != std::string_view::npos);
  LAB_TRY(Digits digits, as_float ? float_digits(context, value.number(), spec)
                                  : integer_digits(context, value.whole(), spec));
  if (digits.sign.empty() && spec.sign != '-') digits.sign = spec.sign;
  append_padded(out, spec, spec.align ? spec.align : '>', digits.sign + digits.prefix,
                Text(digits.digits));
  return {};
}

}  // namespace lab::jinja
