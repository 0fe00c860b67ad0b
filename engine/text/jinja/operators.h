// The operators of the template language on values, with the semantics of Python.
#pragma once

#include <compare>
#include <optional>
#include <string_view>

#include "text/jinja/context.h"

namespace lab::jinja {

enum class Operator : std::uint8_t {
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,
  kFloorDivide,
  kModulo,
  kPower,
  kEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kIn,
  kNotIn,
};
std::string_view operator_symbol(Operator op);

/// Python's name of the type: "str", "NoneType", "dict".
std::string_view type_name(const Value& value);
std::string_view kind_name(SequenceKind kind);
bool truthy(const Value& value);
/// len(), nullopt for what has none.
std::optional<std::size_t> length_of(const Value& value);

/// + - * / // % **. Fails for types that do not go together, for division by 0 and where an
/// integer would leave 64 bits.
Maybe<Value> arithmetic(Context& context, Operator op, const Value& left, const Value& right);
Maybe<Value> negate(Context& context, const Value& value);

bool equals(Context& context, const Value& left, const Value& right);
/// Fails for types that have no order.
Maybe<std::partial_ordering> order(Context& context, const Value& left, const Value& right);
Maybe<bool> contains(Context& context, const Value& container, const Value& item);
/// == != < <= > >= in not in.
Maybe<bool> compare(Context& context, Operator op, const Value& left, const Value& right);

/// May the value be a dict key?
bool is_hashable(const Value& value);
/// The value under any key, null if there is none.
const Value* find(Context& context, const Dict& dict, const Value& key);
/// Adds or replaces; fails if `key` is not hashable.
Maybe<void> put(Context& context, Dict::Items& items, const Value& key, const Value& value);

}  // namespace lab::jinja
