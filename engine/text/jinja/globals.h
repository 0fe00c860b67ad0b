// The functions that every template may call, and the namespaces that it writes to.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "text/jinja/context.h"
#include "text/jinja/scope.h"

namespace lab::jinja {

/// namespace(a=1): the only thing whose parts a template can change. May hold itself, so the
/// context keeps all namespaces and clears them at the end.
class Namespace : public Object {
 public:
  std::string_view type_name() const override { return "Namespace"; }
  Maybe<std::optional<Value>> attribute(Context& context, std::string_view name) override;
  void print(Context& context, TextBuilder& out) const override;
  Maybe<void> set(Context& context, std::string_view name, Value value);
  void clear() { members_.clear(); }

 private:
  std::vector<std::pair<std::string, Value>> members_;
};

/// Defines range, dict, namespace, cycler, joiner, raise_exception and strftime_now.
void define_globals(Scope& scope);

}  // namespace lab::jinja
