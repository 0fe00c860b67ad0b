#include "text/jinja/loop.h"

namespace lab::jinja {

namespace {

template <Maybe<Value> (Loop::*kMethod)(Context&, const Arguments&)>
Maybe<Value> call_method(Context& context, const Value& self, const Arguments& arguments) {
  return (static_cast<Loop*>(self.object().get())->*kMethod)(context, arguments);
}

}  // namespace

Maybe<std::optional<Value>> Loop::fetch() {
  Context& context = interpreter_.context();
  while (auto item = items_.next(context)) {
    const auto& condition = statement_.expressions[1];
    if (!condition) return item;
    InnerScope inner(interpreter_.scopes(), &outer_);
    LAB_CHECK(interpreter_.assign(statement_.target, *item, *inner));
    LAB_TRY(Value passed, interpreter_.evaluate(*condition, *inner));
    if (truthy(passed)) return item;
  }
  return std::optional<Value>();
}

Maybe<std::optional<Value>> Loop::advance() {
  if (ahead_.empty()) {
    LAB_TRY(std::optional<Value> item, fetch());
    if (!item) return std::optional<Value>();
    ahead_.push_back(*std::move(item));
  }
  previous_ = std::exchange(current_, std::move(ahead_.front()));
  ahead_.pop_front();
  ++index0_;
  return current_;
}

Maybe<bool> Loop::peek() {
  if (ahead_.empty() && !closed_) {
    LAB_TRY(std::optional<Value> item, fetch());
    if (item) ahead_.push_back(*std::move(item));
  }
  return !ahead_.empty();
}

Maybe<std::int64_t> Loop::length() {
  if (length_) return *length_;
  if (!statement_.expressions[1]) {
    length_ = static_cast<std::int64_t>(items_.remaining() + ahead_.size()) + index0_ + 1;
    return *length_;
  }
  while (!closed_) {
    LAB_TRY(std::optional<Value> item, fetch());
    if (!item) break;
    if (!interpreter_.context().budget.spend(sizeof(Value))) return std::unexpected(Failed{});
    ahead_.push_back(*std::move(item));
  }
  length_ = static_cast<std::int64_t>(ahead_.size()) + index0_ + 1;
  return *length_;
}

void Loop::close() {
  closed_ = true;
  items_ = Iteration();
  ahead_.clear();
  previous_.reset();
  current_.reset();
  last_changed_.reset();
}

Maybe<std::optional<Value>> Loop::attribute(Context&, std::string_view name) {
  using Found = std::optional<Value>;
  auto function = [&](Builtin builtin) {
    return Found(
        Value(Value::ObjectPtr(std::make_shared<Function>(builtin, Value(shared_from_this())))));
  };
  if (name == "index") return Found(Value(index0_ + 1));
  if (name == "index0") return Found(Value(index0_));
  if (name == "first") return Found(Value(index0_ == 0));
  if (name == "depth") return Found(Value(std::int64_t{recursion_} + 1));
  if (name == "depth0") return Found(Value(std::int64_t{recursion_}));
  if (name == "last" || name == "nextitem") {
    LAB_TRY(bool more, peek());
    if (name == "last") return Found(Value(!more));
    return Found(more ? ahead_.front() : Value::undefined("there is no next item"));
  }
  if (name == "length" || name == "revindex" || name == "revindex0") {
    LAB_TRY(std::int64_t count, length());
    return Found(Value(name == "length" ? count : count - index0_ - (name == "revindex0")));
  }
  if (name == "previtem") {
    return Found(index0_ > 0 && previous_ ? *previous_
                                          : Value::undefined("there is no previous item"));
  }
  if (name == "cycle") return function(call_method<&Loop::cycle>);
  if (name == "changed") return function(call_method<&Loop::changed>);
  return Found();
}

Maybe<Value> Loop::cycle(Context& context, const Arguments& arguments) {
  const auto& items = arguments.positional;
  if (items.empty()) return context.fail("no items for cycling given");
  return items[static_cast<std::size_t>(std::max<std::int64_t>(index0_, 0)) % items.size()];
}

Maybe<Value> Loop::changed(Context& context, const Arguments& arguments) {
  Value now = make_tuple(context.budget, arguments.positional);
  bool same = last_changed_ && equals(context, *last_changed_, now);
  if (!closed_) last_changed_ = std::move(now);
  return Value(!same);
}

Maybe<Value> Loop::call(Context& context, const Arguments& arguments) {
  if (!statement_.recursive) {
    return context.fail("The loop must have the 'recursive' marker to be called recursively.");
  }
  if (closed_) return context.fail("the loop that is called has ended");
  LAB_TRY(Parameters given, Parameters::bind(context, "loop", arguments, {"iterable"}, 1));
  TextBuilder out(context.budget);
  LAB_CHECK(interpreter_.run_for(statement_, given[0], outer_, out, recursion_ + 1));
  return Value(out.finish());
}

}  // namespace lab::jinja
