// The methods of lists, tuples, ranges and dicts; none changes its object.
#include "text/jinja/iteration.h"
#include "text/jinja/members.h"
#include "text/jinja/operators.h"

namespace lab::jinja {

namespace {

Maybe<Value> count(Context& context, const Value& self, const Arguments& arguments) {
  LAB_TRY(Parameters given, Parameters::bind(context, "count", arguments, {"value"}, 1));
  std::int64_t count = 0;
  for (const Value& item : self.sequence().items) count += equals(context, item, given[0]);
  return Value(count);
}

Maybe<Value> index(Context& context, const Value& self, const Arguments& arguments) {
  LAB_TRY(Parameters given,
          Parameters::bind(context, "index", arguments, {"value", "start", "stop"}, 1));
  const auto& items = self.sequence().items;
  auto length = static_cast<std::int64_t>(items.size());
  LAB_TRY(std::int64_t start, given.integer(context, 1, 0));
  LAB_TRY(std::int64_t stop, given.integer(context, 2, length));
  if (start < 0) start = std::max<std::int64_t>(start + length, 0);
  if (stop < 0) stop += length;
  for (std::int64_t i = start; i < std::min(stop, length); ++i) {
    if (equals(context, items[static_cast<std::size_t>(i)], given[0])) return Value(i);
  }
  return context.fail("the value is not in the list");
}

Maybe<Value> copy(Context& context, const Value& self, const Arguments& arguments) {
  LAB_CHECK(Parameters::bind(context, "copy", arguments, {}));
  return self;
}

Maybe<Value> get(Context& context, const Value& self, const Arguments& arguments) {
  LAB_TRY(Parameters given, Parameters::bind(context, "get", arguments, {"key", "default"}, 1));
  if (!is_hashable(given[0])) return context.fail("the key is not hashable");
  if (const Value* found = find(context, self.dict(), given[0])) return *found;
  return given.has(1) ? given[1] : Value(None{});
}

template <SequenceKind kKind>
Maybe<Value> view(Context& context, const Value& self, const Arguments& arguments) {
  LAB_CHECK(Parameters::bind(context, "the method", arguments, {}));
  std::vector<Value> items;
  for (const auto& [key, value] : self.dict().items) {
    if (kKind == SequenceKind::kKeys)
      items.push_back(key);
    else if (kKind == SequenceKind::kValues)
      items.push_back(value);
    else
      items.push_back(make_tuple(context.budget, {key, value}));
  }
  return make_sequence(context.budget, kKind, std::move(items));
}

// "copy" is last: only lists have it.
constexpr NamedBuiltin kSequenceMethods[] = {{"count", count}, {"index", index}, {"copy", copy}};

constexpr NamedBuiltin kDictMethods[] = {
    {"get", get},
    {"keys", view<SequenceKind::kKeys>},
    {"values", view<SequenceKind::kValues>},
    {"items", view<SequenceKind::kItems>},
    {"copy", copy},
};

}  // namespace

std::span<const NamedBuiltin> sequence_methods(bool list) {
  return std::span(kSequenceMethods).first(list ? 3 : 2);
}
std::span<const NamedBuiltin> dict_methods() { return kDictMethods; }

}  // namespace lab::jinja
