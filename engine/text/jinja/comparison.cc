#include "base/cat.h"
#include "text/jinja/operators.h"

namespace lab::jinja {

namespace {

bool is_undefined_pair(const Value& left, const Value& right) {
  return left.is_undefined() && right.is_undefined();
}

// An integer and a float compare exactly, as in Python, not after rounding the integer.
std::partial_ordering order_mixed(std::int64_t whole, double number) {
  if (number != number) return std::partial_ordering::unordered;
  if (number >= 0x1p63) return std::partial_ordering::less;
  if (number < -0x1p63) return std::partial_ordering::greater;
  auto truncated = static_cast<std::int64_t>(number);
  if (whole != truncated) return whole <=> truncated;
  return 0.0 <=> number - static_cast<double>(truncated);
}

std::partial_ordering order_numbers(const Value& left, const Value& right) {
  if (left.is_whole() && right.is_whole()) return left.whole() <=> right.whole();
  if (left.is_whole()) return order_mixed(left.whole(), right.number());
  if (right.is_whole()) return 0 <=> order_mixed(right.whole(), left.number());
  return left.number() <=> right.number();
}

bool equal_sequences(Context& context, const Sequence& left, const Sequence& right) {
  if (left.kind != right.kind || left.kind == SequenceKind::kGenerator) return &left == &right;
  if (left.items.size() != right.items.size()) return false;
  for (std::size_t i = 0; i < left.items.size(); ++i) {
    if (!equals(context, left.items[i], right.items[i])) return false;
  }
  return true;
}

bool equal_dicts(Context& context, const Dict& left, const Dict& right) {
  if (left.items.size() != right.items.size()) return false;
  for (const auto& [key, value] : left.items) {
    const Value* other = find(context, right, key);
    if (!other || !equals(context, value, *other)) return false;
  }
  return true;
}

}  // namespace

std::string_view type_name(const Value& value) {
  if (value.is_undefined()) return "Undefined";
  if (value.is_none()) return "NoneType";
  if (value.is_bool()) return "bool";
  if (value.is_integer()) return "int";
  if (value.is_float()) return "float";
  if (value.is_text()) return "str";
  if (value.is_dict()) return "dict";
  if (value.is_object()) return value.object()->type_name();
  return kind_name(value.sequence().kind);
}

std::string_view kind_name(SequenceKind kind) {
  constexpr std::string_view kNames[] = {"list",        "tuple",      "range",    "dict_keys",
                                         "dict_values", "dict_items", "generator"};
  return kNames[static_cast<std::size_t>(kind)];
}

bool truthy(const Value& value) {
  if (value.is_undefined() || value.is_none()) return false;
  if (value.is_number()) return value.number() != 0;
  if (value.is_text()) return !value.text().empty();
  if (value.is_dict()) return !value.dict().items.empty();
  if (value.is_object()) return true;
  const Sequence& sequence = value.sequence();
  return sequence.kind == SequenceKind::kGenerator || !sequence.items.empty();
}

std::optional<std::size_t> length_of(const Value& value) {
  if (value.is_undefined()) return 0;
  if (value.is_text()) return value.text().length();
  if (value.is_dict()) return value.dict().items.size();
  if (!value.is_sequence() || value.sequence().kind == SequenceKind::kGenerator) {
    return std::nullopt;
  }
  return value.sequence().items.size();
}

bool equals(Context& context, const Value& left, const Value& right) {
  if (!context.budget.spend(1)) return false;
  if (left.is_number() && right.is_number()) return order_numbers(left, right) == 0;
  if (left.is_text() && right.is_text()) {
    if (left.view().size() != right.view().size()) return false;
    context.budget.spend(left.view().size() / 64);
    return left.view() == right.view();
  }
  if (left.is_sequence() && right.is_sequence()) {
    return equal_sequences(context, left.sequence(), right.sequence());
  }
  if (left.is_dict() && right.is_dict()) return equal_dicts(context, left.dict(), right.dict());
  if (left.is_object() && right.is_object()) return left.object() == right.object();
  return is_undefined_pair(left, right) || (left.is_none() && right.is_none());
}

Maybe<std::partial_ordering> order(Context& context, const Value& left, const Value& right) {
  context.budget.spend(1);
  for (const Value* value : {&left, &right}) {
    if (value->is_undefined()) return context.fail(value->why_undefined());
  }
  if (left.is_number() && right.is_number()) return order_numbers(left, right);
  if (left.is_text() && right.is_text()) {  // bytes of UTF-8 order as their code points do
    context.budget.spend(left.view().size() / 64);
    return left.view() <=> right.view();
  }
  if (left.is_sequence() && right.is_sequence() && left.sequence().kind == right.sequence().kind &&
      left.sequence().kind <= SequenceKind::kTuple) {
    const auto& a = left.sequence().items;
    const auto& b = right.sequence().items;
    for (std::size_t i = 0; i < a.size() && i < b.size(); ++i) {
      if (!equals(context, a[i], b[i])) return order(context, a[i], b[i]);
    }
    return a.size() <=> b.size();
  }
  return context.fail(cat(type_name(left), " and ", type_name(right), " have no order"));
}

Maybe<bool> contains(Context& context, const Value& container, const Value& item) {
  if (container.is_undefined()) return false;
  if (container.is_text()) {
    if (!item.is_text()) {
      return context.fail(cat("'in' a string needs a string on the left, not ", type_name(item)));
    }
    context.budget.spend(container.view().size() / 32);
    return container.view().find(item.view()) != std::string_view::npos;
  }
  if (container.is_dict()) {
    if (!is_hashable(item)) return context.fail(cat("unhashable type: '", type_name(item), "'"));
    return find(context, container.dict(), item) != nullptr;
  }
  if (!container.is_sequence()) {
    return context.fail(cat("argument of type '", type_name(container), "' is not iterable"));
  }
  const Sequence& sequence = container.sequence();
  std::size_t i = sequence.kind == SequenceKind::kGenerator ? sequence.taken : 0;
  bool found = false;
  while (i < sequence.items.size() && !found) found = equals(context, sequence.items[i++], item);
  if (sequence.kind == SequenceKind::kGenerator) sequence.taken = i;
  return found;
}

Maybe<bool> compare(Context& context, Operator op, const Value& left, const Value& right) {
  switch (op) {
    case Operator::kEqual:
      return equals(context, left, right);
    case Operator::kNotEqual:
      return !equals(context, left, right);
    case Operator::kIn:
      return contains(context, right, left);
    case Operator::kNotIn: {
      LAB_TRY(bool found, contains(context, right, left));
      return !found;
    }
    default:
      break;
  }
  LAB_TRY(std::partial_ordering ordering, order(context, left, right));
  switch (op) {
    case Operator::kLess:
      return ordering < 0;
    case Operator::kLessEqual:
      return ordering <= 0;
    case Operator::kGreater:
      return ordering > 0;
    default:
      return ordering >= 0;
  }
}

bool is_hashable(const Value& value) {
  if (value.is_dict()) return false;
  if (!value.is_sequence()) return true;
  const Sequence& sequence = value.sequence();
  if (sequence.kind == SequenceKind::kRange || sequence.kind == SequenceKind::kGenerator)
    return true;
  if (sequence.kind != SequenceKind::kTuple) return false;
  for (const Value& item : sequence.items) {
    if (!is_hashable(item)) return false;
  }
  return true;
}

const Value* find(Context& context, const Dict& dict, const Value& key) {
  if (key.is_text()) return dict.find(key.view());
  for (const auto& [name, value] : dict.items) {
    if (equals(context, name, key)) return &value;
  }
  return nullptr;
}

Maybe<void> put(Context& context, Dict::Items& items, const Value& key, const Value& value) {
  if (!is_hashable(key)) return context.fail(cat("unhashable type: '", type_name(key), "'"));
  for (auto& [name, old] : items) {
    if (equals(context, name, key)) {
      old = value;
      return {};
    }
  }
  items.emplace_back(key, value);
  return {};
}

}  // namespace lab::jinja
