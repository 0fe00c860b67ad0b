#include "text/jinja/members.h"

#include <algorithm>
#include <optional>

#include "base/cat.h"
#include "text/jinja/operators.h"

namespace lab::jinja {

namespace {

// Methods that would change a list or dict in place: templates see their data read-only.
constexpr std::string_view kMutators[] = {"append",  "clear",      "pop",    "reverse",
                                          "insert",  "sort",       "extend", "remove",
                                          "popitem", "setdefault", "update"};

std::optional<Value> method(const Value& value, std::span<const NamedBuiltin> table,
                            std::string_view name) {
  for (const NamedBuiltin& entry : table) {
    if (entry.name == name) return Value(std::make_shared<Function>(entry.function, value));
  }
  return std::nullopt;
}

// What Python's getattr finds, nullopt if nothing.
Maybe<std::optional<Value>> real_attribute(Context& context, const Value& value,
                                           std::string_view name) {
  if (value.is_object()) return value.object()->attribute(context, name);
  bool list = value.is_sequence() && value.sequence().kind == SequenceKind::kList;
  if (name.starts_with("__") ||
      ((list || value.is_dict()) && std::ranges::find(kMutators, name) != std::end(kMutators))) {
    bool mutates = !name.starts_with("__");
    return Value::undefined(cat("access to '", name, "' of '", type_name(value), "' is not allowed",
                                mutates ? ": a template cannot change its data" : ""));
  }
  if (value.is_text()) {
    auto found = method(value, text_methods(), name);
    return found ? found : method(value, text_search_methods(), name);
  }
  if (value.is_dict()) return method(value, dict_methods(), name);
  if (value.is_sequence() && value.sequence().kind <= SequenceKind::kRange) {
    return method(value, sequence_methods(list), name);
  }
  return std::optional<Value>();
}

std::string owner(const Value& value) {
  return value.is_none() ? "None" : cat("'", type_name(value), " object'");
}

// The item, nullopt if there is none.
std::optional<Value> real_item(Context& context, const Value& value, const Value& index) {
  if (value.is_dict()) {
    if (!is_hashable(index)) return std::nullopt;
    const Value* found = find(context, value.dict(), index);
    return found ? std::optional(*found) : std::nullopt;
  }
  bool indexed =
      value.is_text() || (value.is_sequence() && value.sequence().kind <= SequenceKind::kRange);
  if (!indexed || !index.is_whole()) return std::nullopt;
  auto length = static_cast<std::int64_t>(value.is_text() ? value.text().length()
                                                          : value.sequence().items.size());
  std::int64_t at = index.whole() < 0 ? index.whole() + length : index.whole();
  if (at < 0 || at >= length) return std::nullopt;
  auto position = static_cast<std::size_t>(at);
  if (value.is_sequence()) return value.sequence().items[position];
  const Text& text = value.text();
  context.budget.spend(text.view().size() == text.length() ? 0 : position / 8);
  std::size_t begin = text.byte_at(position);
  return Value(cut(context.budget, text, begin, text.byte_at(position + 1)));
}

struct Bounds {
  std::int64_t start, stop, step, count;
};

// As slice.indices() of Python: bounds count from the end if negative, and are clamped.
Maybe<Bounds> slice_bounds(Context& context, std::int64_t length, const Value& start,
                           const Value& stop, const Value& step) {
  for (const Value* bound : {&start, &stop, &step}) {
    if (!bound->is_whole() && !bound->is_none() && !bound->is_undefined()) {
      return context.fail("slice indices must be integers or none");
    }
  }
  std::int64_t by = step.is_whole() ? step.whole() : 1;
  if (by == 0) return context.fail("slice step cannot be zero");
  by = std::clamp(by, -length - 1, length + 1);  // a longer step picks no other items
  auto clamp = [&](const Value& bound, std::int64_t fallback) {
    if (!bound.is_whole()) return fallback;
    std::int64_t at = bound.whole() < 0 ? bound.whole() + length : bound.whole();
    return by > 0 ? std::clamp<std::int64_t>(at, 0, length)
                  : std::clamp<std::int64_t>(at, -1, length - 1);
  };
  std::int64_t first = clamp(start, by > 0 ? 0 : length - 1);
  std::int64_t last = clamp(stop, by > 0 ? length : -1);
  return Bounds{first, last, by, static_cast<std::int64_t>(range_length(first, last, by))};
}

Value slice_text(Context& context, const Text& text, const Bounds& bounds) {
  if (bounds.count == 0) return Value(Text());
  auto at = [&](std::int64_t i) { return text.byte_at(static_cast<std::size_t>(i)); };
  if (bounds.step == 1) {
    return Value(cut(context.budget, text, at(bounds.start), at(bounds.start + bounds.count)));
  }
  std::vector<std::size_t> starts;  // of every character, so that each is found at once
  starts.reserve(text.length());
  for (std::size_t i = 0; i < text.view().size(); ++i) {
    if ((static_cast<unsigned char>(text.view()[i]) & 0xC0) != 0x80) starts.push_back(i);
  }
  starts.push_back(text.view().size());
  TextBuilder out(context.budget);
  for (std::int64_t i = 0, index = bounds.start; i < bounds.count && context.budget.spend(1);
       ++i, index += bounds.step) {
    out.append(text, starts[static_cast<std::size_t>(index)],
               starts[static_cast<std::size_t>(index) + 1]);
  }
  return Value(out.finish(text.is_markup()));
}

}  // namespace

Maybe<Value> attribute(Context& context, const Value& value, std::string_view name) {
  if (value.is_undefined()) return context.fail(value.why_undefined());
  LAB_TRY(std::optional<Value> found, real_attribute(context, value, name));
  if (found) return *std::move(found);
  if (value.is_dict()) {
    if (const Value* entry = value.dict().find(name)) return *entry;
  }
  return Value::undefined(cat(owner(value), " has no attribute '", name, "'"));
}

Maybe<Value> item(Context& context, const Value& value, const Value& index) {
  if (value.is_undefined()) return context.fail(value.why_undefined());
  if (auto found = real_item(context, value, index)) return *std::move(found);
  if (index.is_text()) {
    LAB_TRY(std::optional<Value> found, real_attribute(context, value, index.view()));
    if (found) return *std::move(found);
    return Value::undefined(cat(owner(value), " has no attribute '", index.view(), "'"));
  }
  return Value::undefined(cat(owner(value), " has no such element"));
}

Maybe<Value> slice(Context& context, const Value& value, const Value& start, const Value& stop,
                   const Value& step) {
  if (value.is_undefined()) return context.fail(value.why_undefined());
  bool sliced =
      value.is_text() || (value.is_sequence() && value.sequence().kind <= SequenceKind::kRange);
  if (!sliced) return context.fail(cat("a value of type ", type_name(value), " cannot be sliced"));
  auto length = static_cast<std::int64_t>(value.is_text() ? value.text().length()
                                                          : value.sequence().items.size());
  LAB_TRY(Bounds bounds, slice_bounds(context, length, start, stop, step));
  if (value.is_text()) return slice_text(context, value.text(), bounds);
  const Sequence& sequence = value.sequence();
  if (sequence.kind == SequenceKind::kRange) {
    auto number = [&](std::int64_t index) {  // wraps like the range itself does past its end
      return static_cast<std::int64_t>(static_cast<std::uint64_t>(sequence.start) +
                                       static_cast<std::uint64_t>(index) *
                                           static_cast<std::uint64_t>(sequence.step));
    };
    std::int64_t step = 0;
    if (__builtin_mul_overflow(bounds.step, sequence.step, &step))
      return context.fail("the range's step is too large");
    return make_range(context.budget, number(bounds.start), number(bounds.stop), step);
  }
  std::vector<Value> items;
  items.reserve(static_cast<std::size_t>(bounds.count));
  for (std::int64_t i = 0, at = bounds.start; i < bounds.count; ++i, at += bounds.step) {
    items.push_back(sequence.items[static_cast<std::size_t>(at)]);
  }
  return make_sequence(context.budget, sequence.kind, std::move(items));
}

Maybe<Value> attribute_path(Context& context, Value value, const Value& path) {
  if (path.is_none()) return value;
  if (!path.is_text()) return item(context, value, path);
  std::string_view rest = path.view();
  while (true) {
    std::size_t dot = std::min(rest.find('.'), rest.size());
    std::string_view name = rest.substr(0, dot);
    bool number =
        !name.empty() && name.size() < 10 && name.find_first_not_of("0123456789") == name.npos;
    Value index = number ? Value(std::int64_t{std::stoi(std::string(name))}) : Value(Text(name));
    LAB_TRY(value, item(context, value, index));
    if (dot == rest.size()) return value;
    rest.remove_prefix(dot + 1);
  }
}

}  // namespace lab::jinja
