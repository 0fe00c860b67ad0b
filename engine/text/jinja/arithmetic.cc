#include <cmath>
#include <limits>

#include "base/cat.h"
#include "text/jinja/filters.h"
#include "text/jinja/iteration.h"
#include "text/jinja/operators.h"
#include "text/jinja/print.h"

namespace lab::jinja {

namespace {

std::unexpected<Failed> too_large(Context& context) {
  return context.fail("the integer does not fit into 64 bits");
}

std::unexpected<Failed> division_by_zero(Context& context) {
  return context.fail("division by zero");
}

Maybe<Value> integer_power(Context& context, std::int64_t base, std::int64_t exponent) {
  std::int64_t result = 1;
  while (exponent > 0) {
    if ((exponent & 1) && __builtin_mul_overflow(result, base, &result)) return too_large(context);
    exponent >>= 1;
    if (exponent > 0 && __builtin_mul_overflow(base, base, &base)) return too_large(context);
  }
  return Value(result);
}

Maybe<Value> integers(Context& context, Operator op, std::int64_t a, std::int64_t b) {
  std::int64_t result = 0;
  switch (op) {
    case Operator::kAdd:
      if (__builtin_add_overflow(a, b, &result)) return too_large(context);
      return Value(result);
    case Operator::kSubtract:
      if (__builtin_sub_overflow(a, b, &result)) return too_large(context);
      return Value(result);
    case Operator::kMultiply:
      if (__builtin_mul_overflow(a, b, &result)) return too_large(context);
      return Value(result);
    case Operator::kDivide:
      if (b == 0) return division_by_zero(context);
      return Value(static_cast<double>(a) / static_cast<double>(b));
    case Operator::kFloorDivide:
    case Operator::kModulo: {
      if (b == 0) return division_by_zero(context);
      if (b == -1) {  // the one divisor that can overflow
        if (op == Operator::kModulo) return Value(std::int64_t{0});
        if (a == std::numeric_limits<std::int64_t>::min()) return too_large(context);
        return Value(-a);
      }
      std::int64_t quotient = a / b, rest = a % b;
      bool floor_below = rest != 0 && (rest < 0) != (b < 0);
      if (op == Operator::kModulo) return Value(floor_below ? rest + b : rest);
      return Value(floor_below ? quotient - 1 : quotient);
    }
    default:
      if (b >= 0) return integer_power(context, a, b);
      if (a == 0) return division_by_zero(context);
      return Value(std::pow(static_cast<double>(a), static_cast<double>(b)));
  }
}

Maybe<Value> floats(Context& context, Operator op, double a, double b) {
  switch (op) {
    case Operator::kAdd:
      return Value(a + b);
    case Operator::kSubtract:
      return Value(a - b);
    case Operator::kMultiply:
      return Value(a * b);
    case Operator::kDivide:
      if (b == 0) return division_by_zero(context);
      return Value(a / b);
    case Operator::kFloorDivide:
    case Operator::kModulo: {
      if (b == 0) return division_by_zero(context);
      double rest = std::fmod(a, b);
      double quotient = (a - rest) / b;
      if (rest != 0 && (b < 0) != (rest < 0)) {
        rest += b;
        quotient -= 1;
      }
      if (op == Operator::kModulo) return Value(rest == 0 ? std::copysign(0.0, b) : rest);
      double floor = std::floor(quotient);
      if (quotient - floor > 0.5) floor += 1;
      return Value(quotient == 0 ? std::copysign(0.0, a / b) : floor);
    }
    default: {
      if (a == 0 && b < 0) return division_by_zero(context);
      if (a < 0 && std::isfinite(b) && b != std::floor(b)) {
        return context.fail("a negative number to a fractional power is complex");
      }
      double power = std::pow(a, b);
      if (std::isinf(power) && std::isfinite(a) && std::isfinite(b)) {
        return context.fail("the power is too large for a float");
      }
      return Value(power);
    }
  }
}

Maybe<Value> repeat(Context& context, const Value& value, std::int64_t times) {
  if (value.is_text()) {
    TextBuilder builder(context.budget);
    if (!value.text().empty()) {
      for (std::int64_t i = 0; i < times && !context.budget.exhausted(); ++i) {
        builder.append(value.text());
        context.budget.spend(1);
      }
    }
    return Value(builder.finish(value.text().is_markup()));
  }
  std::vector<Value> items;
  const Sequence& sequence = value.sequence();
  std::uint64_t count = sequence.items.size();
  if (times > 0 && count > 0) {
    std::uint64_t most = Budget::kMaxLiveBytes / sizeof(Value) / count;
    if (static_cast<std::uint64_t>(times) > most)
      return context.fail("the repeated list is too long");
    items.reserve(count * static_cast<std::uint64_t>(times));
    for (std::int64_t i = 0; i < times; ++i) {
      items.insert(items.end(), sequence.items.begin(), sequence.items.end());
    }
  }
  return make_sequence(context.budget, sequence.kind, std::move(items));
}

bool is_list_or_tuple(const Value& value) {
  return value.is_sequence() && (value.sequence().kind == SequenceKind::kList ||
                                 value.sequence().kind == SequenceKind::kTuple);
}

Maybe<Value> add_texts(Context& context, const Text& left, const Text& right) {
  bool markup = left.is_markup() || right.is_markup();
  TextBuilder builder(context.budget);
  for (const Text* text : {&left, &right}) {
    if (markup && !text->is_markup()) {
      append_escaped(builder, *text);
    } else {
      builder.append(*text);
    }
  }
  return Value(builder.finish(markup));
}

}  // namespace

std::string_view operator_symbol(Operator op) {
  constexpr std::string_view kSymbols[] = {
      "+", "-", "*", "/", "//", "%", "**", "==", "!=", "<", "<=", ">", ">=", "in", "not in"};
  return kSymbols[static_cast<std::size_t>(op)];
}

Maybe<Value> arithmetic(Context& context, Operator op, const Value& left, const Value& right) {
  if (left.is_undefined()) return context.fail(left.why_undefined());
  if (op == Operator::kModulo && left.is_text()) return format_percent(context, left.text(), right);
  if (right.is_undefined()) return context.fail(right.why_undefined());
  if (left.is_whole() && right.is_whole())
    return integers(context, op, left.whole(), right.whole());
  if (left.is_number() && right.is_number()) {
    return floats(context, op, left.number(), right.number());
  }
  if (op == Operator::kMultiply) {
    auto can_repeat = [](const Value& value) { return value.is_text() || is_list_or_tuple(value); };
    if (can_repeat(left) && right.is_whole()) return repeat(context, left, right.whole());
    if (left.is_whole() && can_repeat(right)) return repeat(context, right, left.whole());
  }
  if (op == Operator::kAdd) {
    if (left.is_text() && right.is_text()) return add_texts(context, left.text(), right.text());
    if (is_list_or_tuple(left) && is_list_or_tuple(right) &&
        left.sequence().kind == right.sequence().kind) {
      std::vector<Value> items = left.sequence().items;
      const auto& more = right.sequence().items;
      items.insert(items.end(), more.begin(), more.end());
      return make_sequence(context.budget, left.sequence().kind, std::move(items));
    }
    if (left.is_text() || right.is_text()) {
      return context.fail(
          cat("can only add a string to a string: ", type_name(left), " + ", type_name(right)));
    }
  }
  return context.fail(cat("unsupported operand types for ", operator_symbol(op), ": ",
                          type_name(left), " and ", type_name(right)));
}

Maybe<Value> negate(Context& context, const Value& value) {
  if (value.is_undefined()) return context.fail(value.why_undefined());
  if (value.is_whole()) return integers(context, Operator::kSubtract, 0, value.whole());
  if (value.is_float()) return Value(-value.number());
  return context.fail(cat("bad operand type for unary -: ", type_name(value)));
}

}  // namespace lab::jinja
