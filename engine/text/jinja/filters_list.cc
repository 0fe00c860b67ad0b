// Filters that look into lists, dicts and texts as a whole.
#include <algorithm>

#include "base/cat.h"
#include "text/jinja/filters.h"
#include "text/jinja/iteration.h"
#include "text/jinja/members.h"
#include "text/jinja/operators.h"
#include "text/jinja/print.h"
#include "text/jinja/text_tools.h"

namespace lab::jinja {

namespace {

bool is_generator(const Value& value) {
  return value.is_sequence() && value.sequence().kind == SequenceKind::kGenerator;
}

Maybe<Value> length(Context& context, const Value& self, const Arguments& arguments) {
  LAB_CHECK(Parameters::bind(context, "length", arguments, {}));
  std::optional<std::size_t> count = length_of(self);
  if (!count) return context.fail(cat("object of type '", type_name(self), "' has no len()"));
  return Value(static_cast<std::int64_t>(*count));
}

Maybe<Value> default_filter(Context& context, const Value& self, const Arguments& arguments) {
  LAB_TRY(Parameters given,
          Parameters::bind(context, "default", arguments, {"default_value", "boolean"}));
  bool missing = self.is_undefined() || (given.truthy(1) && !truthy(self));
  if (!missing) return self;
  return given.has(0) ? given[0] : Value(Text());
}

Maybe<Value> first(Context& context, const Value& self, const Arguments& arguments) {
  LAB_CHECK(Parameters::bind(context, "first", arguments, {}));
  LAB_TRY(Iteration items, Iteration::over(context, self));
  if (auto item = items.next(context)) return *std::move(item);
  return Value::undefined("No first item, sequence was empty.");
}

Maybe<Value> last(Context& context, const Value& self, const Arguments& arguments) {
  LAB_CHECK(Parameters::bind(context, "last", arguments, {}));
  if (self.is_undefined()) return Value::undefined("No last item, sequence was empty.");
  if (self.is_text()) {
    if (self.text().empty()) return Value::undefined("No last item, sequence was empty.");
    return item(context, self, Value(std::int64_t{-1}));
  }
  if (is_generator(self) || !Iteration::possible(self)) {
    return context.fail(cat("'", type_name(self), "' object is not reversible"));
  }
  LAB_TRY(std::vector<Value> items, all_items(context, self));
  if (items.empty()) return Value::undefined("No last item, sequence was empty.");
  return items.back();
}

Maybe<Value> list(Context& context, const Value& self, const Arguments& arguments) {
  LAB_CHECK(Parameters::bind(context, "list", arguments, {}));
  LAB_TRY(std::vector<Value> items, all_items(context, self));
  return make_list(context.budget, std::move(items));
}

Maybe<Value> join(Context& context, const Value& self, const Arguments& arguments) {
  LAB_TRY(Parameters given, Parameters::bind(context, "join", arguments, {"d", "attribute"}));
  Text separator = given.has(0) ? to_text(context, given[0]) : Text();
  LAB_TRY(Iteration items, Iteration::over(context, self));
  TextBuilder out(context.budget);
  for (bool first = true; auto item = items.next(context); first = false) {
    if (!first) out.append(separator);
    if (given.some(1)) {
      LAB_TRY(*item, attribute_path(context, *item, given[1]));
    }
    append_str(context, out, *item);
  }
  return Value(out.finish());
}

Maybe<Value> items(Context& context, const Value& self, const Arguments& arguments) {
  LAB_CHECK(Parameters::bind(context, "items", arguments, {}));
  std::vector<Value> pairs;
  if (!self.is_undefined()) {
    if (!self.is_dict()) return context.fail("Can only get item pairs from a mapping.");
    for (const auto& [key, value] : self.dict().items)
      pairs.push_back(make_tuple(context.budget, {key, value}));
  }
  return make_sequence(context.budget, SequenceKind::kGenerator, std::move(pairs));
}

Maybe<Value> reverse(Context& context, const Value& self, const Arguments& arguments) {
  LAB_CHECK(Parameters::bind(context, "reverse", arguments, {}));
  if (self.is_text()) return Value(reversed(context, self.text()));
  LAB_TRY(std::vector<Value> items, all_items(context, self));
  std::reverse(items.begin(), items.end());
  return make_sequence(context.budget,
                       is_generator(self) ? SequenceKind::kList : SequenceKind::kGenerator,
                       std::move(items));
}

Maybe<Value> batch(Context& context, const Value& self, const Arguments& arguments) {
  LAB_TRY(Parameters given,
          Parameters::bind(context, "batch", arguments, {"linecount", "fill_with"}, 1));
  LAB_TRY(std::int64_t size, given.integer(context, 0, 1));
  LAB_TRY(std::vector<Value> items, all_items(context, self));
  if (size < 1) return context.fail("batch: the count must be at least 1");
  if (given.some(1) && size > 1'000'000) return context.fail("batch: the count is too large");
  std::vector<Value> batches;
  auto step = static_cast<std::size_t>(size);
  for (std::size_t at = 0; at < items.size(); at += std::min(step, items.size() - at)) {
    std::size_t end = at + std::min(step, items.size() - at);
    std::vector<Value> part(items.begin() + static_cast<std::ptrdiff_t>(at),
                            items.begin() + static_cast<std::ptrdiff_t>(end));
    if (given.some(1)) part.resize(step, given[1]);
    batches.push_back(make_list(context.budget, std::move(part)));
  }
  return make_sequence(context.budget, SequenceKind::kGenerator, std::move(batches));
}

Maybe<Value> slice_filter(Context& context, const Value& self, const Arguments& arguments) {
  LAB_TRY(Parameters given,
          Parameters::bind(context, "slice", arguments, {"slices", "fill_with"}, 1));
  LAB_TRY(std::int64_t count, given.integer(context, 0, 1));
  LAB_TRY(std::vector<Value> items, all_items(context, self));
  if (count == 0) return context.fail("slice: division by zero");
  auto slices = static_cast<std::size_t>(std::max<std::int64_t>(count, 0));
  std::vector<Value> parts;
  std::size_t at = 0;
  for (std::size_t i = 0; i < slices && context.budget.spend(1); ++i) {
    bool longer = i < items.size() % slices;
    std::size_t end = at + items.size() / slices + longer;
    std::vector<Value> part(items.begin() + static_cast<std::ptrdiff_t>(at),
                            items.begin() + static_cast<std::ptrdiff_t>(end));
    if (given.some(1) && !longer) part.push_back(given[1]);
    parts.push_back(make_list(context.budget, std::move(part)));
    at = end;
  }
  return make_sequence(context.budget, SequenceKind::kGenerator, std::move(parts));
}

Maybe<Value> sum(Context& context, const Value& self, const Arguments& arguments) {
  LAB_TRY(Parameters given, Parameters::bind(context, "sum", arguments, {"attribute", "start"}));
  Value total = given.has(1) ? given[1] : Value(std::int64_t{0});
  if (total.is_text()) return context.fail("sum cannot add strings; use join");
  LAB_TRY(Iteration items, Iteration::over(context, self));
  while (auto item = items.next(context)) {
    if (given.some(0)) {
      LAB_TRY(*item, attribute_path(context, *item, given[0]));
    }
    LAB_TRY(total, arithmetic(context, Operator::kAdd, total, *item));
  }
  return total;
}

Maybe<Value> attr(Context& context, const Value& self, const Arguments& arguments) {
  LAB_TRY(Parameters given, Parameters::bind(context, "attr", arguments, {"name"}, 1));
  LAB_TRY(Text name, given.text(context, 0));
  if (self.is_undefined()) return context.fail(self.why_undefined());
  if (self.is_dict() && self.dict().find(name.view())) {
    for (const NamedBuiltin& method : dict_methods()) {
      if (method.name == name.view()) return attribute(context, self, name.view());
    }
    return Value::undefined(cat("'dict object' has no attribute '", name.view(), "'"));
  }
  return attribute(context, self, name.view());
}

constexpr NamedBuiltin kFilters[] = {
    {"length", length},    {"count", length}, {"default", default_filter},
    {"d", default_filter}, {"first", first},  {"last", last},
    {"list", list},        {"join", join},    {"items", items},
    {"reverse", reverse},  {"batch", batch},  {"slice", slice_filter},
    {"sum", sum},          {"attr", attr},
};

}  // namespace

std::span<const NamedBuiltin> list_filters() { return kFilters; }

}  // namespace lab::jinja
