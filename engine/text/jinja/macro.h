// Macros, and the callers of {% call %}.
#pragma once

#include "text/jinja/interpreter.h"

namespace lab::jinja {

/// Sees the variables of the scope that it was defined in, as they are when it is called.
class Macro : public Object {
 public:
  Macro(Interpreter& interpreter, const MacroBody& body, Scope& scope)
      : interpreter_(interpreter), body_(body), scope_(scope) {}

  std::string_view type_name() const override { return "Macro"; }
  Maybe<std::optional<Value>> attribute(Context& context, std::string_view name) override;
  bool is_callable() const override { return true; }
  /// The text that the body writes.
  Maybe<Value> call(Context& context, const Arguments& arguments) override;

 private:
  // Puts the arguments into the scope of the body.
  Maybe<void> bind(Context& context, const Arguments& arguments, Scope& inner) const;

  Interpreter& interpreter_;
  const MacroBody& body_;
  Scope& scope_;
};

}  // namespace lab::jinja
