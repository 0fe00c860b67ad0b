#include "text/jinja/macro.h"

#include <algorithm>

#include "base/cat.h"

namespace lab::jinja {

namespace {

using Named = std::vector<std::pair<std::string, Value>>;

// Moves the argument `name` to `value`; false if there is none.
bool take(Named& named, std::string_view name, Value& value) {
  auto found = std::ranges::find_if(named, [&](const auto& entry) { return entry.first == name; });
  if (found == named.end()) return false;
  value = std::move(found->second);
  named.erase(found);
  return true;
}

}  // namespace

Maybe<std::optional<Value>> Macro::attribute(Context& context, std::string_view name) {
  if (name != "name") return std::optional<Value>();
  return std::optional<Value>(context.text(body_.name));
}

Maybe<void> Macro::bind(Context& context, const Arguments& arguments, Scope& inner) const {
  Named named = arguments.named;
  std::size_t given = std::min(arguments.positional.size(), body_.parameters.size());
  std::vector<const MacroParameter*> missing;
  for (std::size_t i = 0; i < body_.parameters.size(); ++i) {
    const MacroParameter& parameter = body_.parameters[i];
    Value value = Value::undefined(cat("parameter '", parameter.name, "' was not provided"));
    if (i < given) {
      value = arguments.positional[i];
    } else if (!take(named, parameter.name, value)) {
      missing.push_back(&parameter);
    }
    inner.set(parameter.name, std::move(value));
  }
  if (body_.uses_caller) {
    Value caller = Value::undefined("No caller defined");
    take(named, "caller", caller);
    inner.set("caller", std::move(caller));
  }
  if (body_.uses_kwargs) {
    Dict::Items items;
    for (auto& [name, value] : named)
      LAB_CHECK(put(context, items, Value(context.text(name)), value));
    inner.set("kwargs", make_dict(context.budget, std::move(items)));
  } else if (!named.empty()) {
    return context.fail(
        cat("macro '", body_.name, "' takes no keyword argument '", named[0].first, "'"));
  }
  if (body_.uses_varargs) {
    auto rest = arguments.positional.begin() + static_cast<std::ptrdiff_t>(given);
    inner.set("varargs", make_tuple(context.budget, {rest, arguments.positional.end()}));
  } else if (arguments.positional.size() > given) {
    return context.fail(
        cat("macro '", body_.name, "' takes not more than ", given, " argument(s)"));
  }
  for (const MacroParameter* parameter : missing) {
    if (!parameter->fallback) continue;
    LAB_TRY(Value value, interpreter_.evaluate(*parameter->fallback, inner));
    inner.set(parameter->name, std::move(value));
  }
  return {};
}

Maybe<Value> Macro::call(Context& context, const Arguments& arguments) {
  InnerScope inner(interpreter_.scopes(), &scope_);
  LAB_CHECK(bind(context, arguments, *inner));
  TextBuilder out(context.budget);
  LAB_CHECK(interpreter_.run(body_.block, *inner, out));
  return Value(out.finish());
}

}  // namespace lab::jinja
