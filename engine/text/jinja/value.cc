#include "text/jinja/value.h"

#include <algorithm>

#include "base/cat.h"
#include "text/jinja/context.h"

namespace lab::jinja {

namespace {

constexpr std::uint64_t kContainerOverhead = 96;

void limit_depth(Budget& budget, int depth) {
  if (depth > Budget::kMaxValueDepth) budget.exhaust("values nested more than 100 deep");
}

}  // namespace

Maybe<std::optional<Value>> Object::attribute(Context&, std::string_view) {
  return std::optional<Value>();
}

Maybe<Value> Object::call(Context& context, const Arguments&) {
  return context.fail(cat("'", type_name(), "' object is not callable"));
}

std::string Value::why_undefined() const {
  const auto& why = std::get<Undefined>(value_).why;
  return why ? *why : "the value is undefined";
}

int Value::depth() const {
  if (is_sequence()) return sequence().depth;
  if (is_dict()) return dict().depth;
  if (is_object()) return object()->depth();
  return 0;
}

bool Value::same_as(const Value& other) const {
  if (value_.index() != other.value_.index()) return false;
  if (is_sequence()) return &sequence() == &other.sequence();
  if (is_dict()) return &dict() == &other.dict();
  if (is_object()) return object() == other.object();
  if (is_text()) return view() == other.view();
  if (is_none() || is_undefined()) return true;
  return number() == other.number();
}

Sequence::Sequence(Budget& budget, SequenceKind kind, std::vector<Value> values)
    : kind(kind), budget_(&budget) {
  std::uint64_t bytes = kContainerOverhead + values.size() * sizeof(Value);
  if (!budget.hold(bytes)) return;
  held_ = bytes;
  items = std::move(values);
  for (const Value& item : items) depth = std::max(depth, item.depth() + 1);
  limit_depth(budget, depth);
}

Sequence::~Sequence() { budget_->release(held_); }

Dict::Dict(Budget& budget, Items values) : budget_(&budget) {
  std::uint64_t bytes = kContainerOverhead + values.size() * 2 * sizeof(Value);
  if (!budget.hold(bytes)) return;
  held_ = bytes;
  items = std::move(values);
  for (const auto& [key, value] : items) {
    depth = std::max({depth, key.depth() + 1, value.depth() + 1});
  }
  limit_depth(budget, depth);
}

Dict::~Dict() { budget_->release(held_); }

const Value* Dict::find(std::string_view key) const {
  budget_->spend(items.size() / 8);
  for (const auto& [name, value] : items) {
    if (name.is_text() && name.view() == key) return &value;
  }
  return nullptr;
}

Value make_sequence(Budget& budget, SequenceKind kind, std::vector<Value> items) {
  return Value(std::make_shared<const Sequence>(budget, kind, std::move(items)));
}

Value make_dict(Budget& budget, Dict::Items items) {
  return Value(std::make_shared<const Dict>(budget, std::move(items)));
}

std::uint64_t range_length(std::int64_t start, std::int64_t stop, std::int64_t step) {
  auto distance = [](std::int64_t from, std::int64_t to) {
    return static_cast<std::uint64_t>(to) - static_cast<std::uint64_t>(from);
  };
  if (step > 0)
    return start < stop ? (distance(start, stop) - 1) / static_cast<std::uint64_t>(step) + 1 : 0;
  return stop < start ? (distance(stop, start) - 1) / distance(step, 0) + 1 : 0;
}

Value make_range(Budget& budget, std::int64_t start, std::int64_t stop, std::int64_t step) {
  std::vector<Value> items;
  std::uint64_t length = range_length(start, stop, step);
  items.reserve(length);
  std::uint64_t at = static_cast<std::uint64_t>(start);
  for (std::uint64_t i = 0; i < length; ++i, at += static_cast<std::uint64_t>(step)) {
    items.push_back(static_cast<std::int64_t>(at));
  }
  auto range = std::make_shared<Sequence>(budget, SequenceKind::kRange, std::move(items));
  range->start = start;
  range->stop = stop;
  range->step = step;
  return Value(std::shared_ptr<const Sequence>(std::move(range)));
}

}  // namespace lab::jinja
