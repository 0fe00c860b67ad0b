// Filters that pick, order and group the items of a list: map, select, sort, unique, groupby ...
#include <algorithm>

#include "base/cat.h"
#include "text/jinja/filters.h"
#include "text/jinja/iteration.h"
#include "text/jinja/members.h"
#include "text/jinja/merge_sort.h"
#include "text/jinja/operators.h"
#include "text/jinja/text_tools.h"

namespace lab::jinja {

namespace {

Maybe<Value> generator(Context& context, std::vector<Value> items) {
  return make_sequence(context.budget, SequenceKind::kGenerator, std::move(items));
}

Value ignore_case(Context& context, const Value& value, bool case_sensitive) {
  return value.is_text() && !case_sensitive ? Value(lower(context, value.text())) : value;
}

Maybe<Value> map_attribute(Context& context, const Value& self, const Arguments& arguments) {
  LAB_TRY(Parameters given, Parameters::bind(context, "map", arguments, {"attribute", "default"}));
  LAB_TRY(Iteration items, Iteration::over(context, self));
  std::vector<Value> mapped;
  while (auto item = items.next(context)) {
    LAB_TRY(Value value, attribute_path(context, *item, given[0]));
    mapped.push_back(given.some(1) && value.is_undefined() ? given[1] : value);
  }
  return generator(context, std::move(mapped));
}

Maybe<Value> map(Context& context, const Value& self, const Arguments& arguments) {
  if (!truthy(self)) return generator(context, {});
  if (arguments.positional.empty()) {
    if (arguments.named.empty()) return context.fail("map requires a filter argument");
    return map_attribute(context, self, arguments);
  }
  const Value& name = arguments.positional[0];
  Builtin filter = name.is_text() ? find_filter(name.view()) : nullptr;
  if (!filter)
    return context.fail(cat("No filter named '", name.is_text() ? name.view() : "", "'."));
  Arguments rest = arguments;
  rest.positional.erase(rest.positional.begin());
  LAB_TRY(Iteration items, Iteration::over(context, self));
  std::vector<Value> mapped;
  while (auto item = items.next(context)) {
    LAB_TRY(Value value, filter(context, *item, rest));
    mapped.push_back(std::move(value));
  }
  return generator(context, std::move(mapped));
}

// select, reject: the items that pass a test, or fail it. selectattr, rejectattr: whose attribute
// does.
template <bool kKeep, bool kByAttribute>
Maybe<Value> select(Context& context, const Value& self, const Arguments& arguments) {
  if (!truthy(self)) return generator(context, {});
  constexpr std::size_t kTestAt = kByAttribute ? 1 : 0;
  const auto& given = arguments.positional;
  if (given.size() < kTestAt) return context.fail("Missing parameter for attribute name");
  Builtin test = nullptr;
  Arguments rest = arguments;
  if (given.size() > kTestAt) {
    const Value& name = given[kTestAt];
    test = name.is_text() ? find_test(name.view()) : nullptr;
    if (!test) return context.fail(cat("No test named '", name.is_text() ? name.view() : "", "'."));
    rest.positional.erase(rest.positional.begin(), rest.positional.begin() + kTestAt + 1);
  }
  LAB_TRY(Iteration items, Iteration::over(context, self));
  std::vector<Value> kept;
  while (auto item = items.next(context)) {
    Value tested = *item;
    if (kByAttribute) {
      LAB_TRY(tested, attribute_path(context, *item, given[0]));
    }
    bool passed = truthy(tested);
    if (test) {
      LAB_TRY(Value answer, test(context, tested, rest));
      passed = truthy(answer);
    }
    if (passed == kKeep) kept.push_back(*std::move(item));
  }
  return generator(context, std::move(kept));
}

// One value to sort by, and the item it belongs to.
struct Keyed {
  Value key, item;
};

Maybe<void> sort_by_key(Context& context, std::vector<Keyed>& entries, bool reverse) {
  return merge_sort(entries, [&](const Keyed& a, const Keyed& b) -> Maybe<bool> {
    LAB_TRY(std::partial_ordering ordering, order(context, a.key, b.key));
    return reverse ? ordering > 0 : ordering < 0;
  });
}

// The keys of an item: those of every path of "name,address.city", or the item itself.
Maybe<Value> sort_key(Context& context, const Value& item, const Value& paths,
                      bool case_sensitive) {
  std::vector<Value> each = {paths};
  if (paths.is_text()) each = split_at(context, paths.text(), ",", -1, false);
  std::vector<Value> keys;
  for (const Value& path : each) {
    LAB_TRY(Value key, attribute_path(context, item, path));
    keys.push_back(ignore_case(context, key, case_sensitive));
  }
  return make_list(context.budget, std::move(keys));
}

Maybe<Value> list_of_items(Context& context, std::vector<Keyed> entries) {
  std::vector<Value> items;
  for (Keyed& entry : entries) items.push_back(std::move(entry.item));
  return make_list(context.budget, std::move(items));
}

Maybe<Value> sort(Context& context, const Value& self, const Arguments& arguments) {
  LAB_TRY(Parameters given,
          Parameters::bind(context, "sort", arguments, {"reverse", "case_sensitive", "attribute"}));
  LAB_TRY(std::vector<Value> items, all_items(context, self));
  std::vector<Keyed> entries;
  for (const Value& item : items) {
    LAB_TRY(Value key,
            sort_key(context, item, given.has(2) ? given[2] : Value(None{}), given.truthy(1)));
    entries.push_back({key, item});
  }
  LAB_CHECK(sort_by_key(context, entries, given.truthy(0)));
  return list_of_items(context, std::move(entries));
}

Maybe<Value> dictsort(Context& context, const Value& self, const Arguments& arguments) {
  LAB_TRY(Parameters given,
          Parameters::bind(context, "dictsort", arguments, {"case_sensitive", "by", "reverse"}));
  LAB_TRY(Text by, given.text(context, 1, Text("key")));
  if (self.is_undefined()) return context.fail(self.why_undefined());
  if (!self.is_dict()) return context.fail(cat("dictsort wants a dict, got ", type_name(self)));
  if (by.view() != "key" && by.view() != "value")
    return context.fail("You can only sort by either \"key\" or \"value\"");
  std::vector<Keyed> entries;
  for (const auto& [key, value] : self.dict().items) {
    const Value& sorted_by = by.view() == "key" ? key : value;
    entries.push_back({ignore_case(context, sorted_by, given.truthy(0)),
                       make_tuple(context.budget, {key, value})});
  }
  LAB_CHECK(sort_by_key(context, entries, given.truthy(2)));
  return list_of_items(context, std::move(entries));
}

Maybe<Value> unique(Context& context, const Value& self, const Arguments& arguments) {
  LAB_TRY(Parameters given,
          Parameters::bind(context, "unique", arguments, {"case_sensitive", "attribute"}));
  LAB_TRY(Iteration items, Iteration::over(context, self));
  std::vector<Value> seen, kept;
  while (auto item = items.next(context)) {
    LAB_TRY(Value key, attribute_path(context, *item, given.has(1) ? given[1] : Value(None{})));
    key = ignore_case(context, key, given.truthy(0));
    if (!is_hashable(key)) return context.fail(cat("unhashable type: '", type_name(key), "'"));
    bool known =
        std::ranges::any_of(seen, [&](const Value& old) { return equals(context, old, key); });
    if (known) continue;
    seen.push_back(std::move(key));
    kept.push_back(*std::move(item));
  }
  return generator(context, std::move(kept));
}

template <bool kLargest>
Maybe<Value> extreme(Context& context, const Value& self, const Arguments& arguments) {
  LAB_TRY(Parameters given,
          Parameters::bind(context, "min", arguments, {"case_sensitive", "attribute"}));
  LAB_TRY(Iteration items, Iteration::over(context, self));
  Value best, best_key;
  bool any = false;
  while (auto item = items.next(context)) {
    LAB_TRY(Value key, attribute_path(context, *item, given.has(1) ? given[1] : Value(None{})));
    key = ignore_case(context, key, given.truthy(0));
    if (any) {
      LAB_TRY(std::partial_ordering ordering, order(context, key, best_key));
      if (!(kLargest ? ordering > 0 : ordering < 0)) continue;
    }
    any = true;
    best = *std::move(item);
    best_key = std::move(key);
  }
  return any ? best : Value::undefined("No aggregated item, sequence was empty.");
}

Maybe<Value> groupby(Context& context, const Value& self, const Arguments& arguments) {
  LAB_TRY(Parameters given, Parameters::bind(context, "groupby", arguments,
                                             {"attribute", "default", "case_sensitive"}, 1));
  LAB_TRY(std::vector<Value> items, all_items(context, self));
  std::vector<Keyed> entries;
  auto key_of = [&](const Value& item) -> Maybe<Value> {
    LAB_TRY(Value key, attribute_path(context, item, given[0]));
    return given.some(1) && key.is_undefined() ? given[1] : key;
  };
  for (const Value& item : items) {
    LAB_TRY(Value key, key_of(item));
    entries.push_back({ignore_case(context, key, given.truthy(2)), item});
  }
  LAB_CHECK(sort_by_key(context, entries, false));
  std::vector<Value> groups;
  for (std::size_t begin = 0, end = 0; begin < entries.size(); begin = end) {
    std::vector<Value> members;
    while (end < entries.size() && equals(context, entries[end].key, entries[begin].key))
      members.push_back(entries[end++].item);
    if (end == begin) break;  // the budget is used up
    LAB_TRY(Value name, key_of(members.front()));
    groups.push_back(
        make_tuple(context.budget, {name, make_list(context.budget, std::move(members))}));
  }
  return make_list(context.budget, std::move(groups));
}

constexpr NamedBuiltin kFilters[] = {
    {"map", map},
    {"select", select<true, false>},
    {"reject", select<false, false>},
    {"selectattr", select<true, true>},
    {"rejectattr", select<false, true>},
    {"sort", sort},
    {"dictsort", dictsort},
    {"unique", unique},
    {"min", extreme<false>},
    {"max", extreme<true>},
    {"groupby", groupby},
};

}  // namespace

std::span<const NamedBuiltin> select_filters() { return kFilters; }

}  // namespace lab::jinja
