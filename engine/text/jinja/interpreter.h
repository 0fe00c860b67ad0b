// The interpreter: walks the syntax tree of a template and writes its text.
#pragma once

#include "text/jinja/ast.h"
#include "text/jinja/context.h"
#include "text/jinja/scope.h"

namespace lab::jinja {

/// How a block ended.
enum class Flow : std::uint8_t { kNext, kBreak, kContinue };

/// For one rendering; the tree must outlive it, and so must the context, whose budget it spends.
class Interpreter {
 public:
  /// Of blocks, expressions and macro calls in each other: bounds the stack.
  static constexpr int kMaxDepth = 400;

  explicit Interpreter(Context& context) : context_(context), scopes_(context.budget) {}

  Maybe<Flow> run(const Block& block, Scope& scope, TextBuilder& out);
  Maybe<Value> evaluate(const Expression& expression, Scope& scope);
  /// Runs a for over `items`; `depth` is 0 unless a recursive loop called itself.
  Maybe<Flow> run_for(const Statement& statement, const Value& items, Scope& scope,
                      TextBuilder& out, int depth);
  Maybe<void> assign(const Target& target, const Value& value, Scope& scope);

  Context& context() { return context_; }
  ScopePool& scopes() { return scopes_; }

 private:
  Maybe<Flow> run_statement(const Statement& statement, Scope& scope, TextBuilder& out);
  Maybe<Flow> run_if(const Statement& statement, Scope& scope, TextBuilder& out);
  Maybe<Flow> run_for_over(const Statement& statement, Scope& scope, TextBuilder& out);
  Maybe<Flow> run_set_block(const Statement& statement, Scope& scope);
  Maybe<Flow> run_call(const Statement& statement, Scope& scope, TextBuilder& out);
  Maybe<Flow> run_filter(const Statement& statement, Scope& scope, TextBuilder& out);
  Maybe<Flow> run_with(const Statement& statement, Scope& scope, TextBuilder& out);
  Maybe<Flow> run_generation(const Statement& statement, Scope& scope, TextBuilder& out);
  Maybe<Value> filtered(const Expression& chain, Value head, Scope& scope);
  Value make_macro(const MacroBody& body, Scope& scope);
  Maybe<void> assign_attribute(const Target& target, const Value& value, Scope& scope);

  Maybe<Value> evaluate_kind(const Expression& expression, Scope& scope);
  Maybe<Value> evaluate_items(const Expression& expression, Scope& scope);
  Maybe<Value> evaluate_dict(const Expression& expression, Scope& scope);
  Maybe<Value> evaluate_item(const Expression& expression, Scope& scope);
  Maybe<Value> evaluate_slice(const Expression& expression, Scope& scope);
  Maybe<Value> evaluate_call(const Expression& expression, Scope& scope, const Value* caller);
  Maybe<Value> evaluate_filter(const Expression& expression, Scope& scope);
  Maybe<Value> evaluate_sign(const Expression& expression, Scope& scope);
  Maybe<Value> evaluate_logic(const Expression& expression, Scope& scope);
  Maybe<Value> evaluate_arithmetic(const Expression& expression, Scope& scope);
  Maybe<Value> evaluate_concat(const Expression& expression, Scope& scope);
  Maybe<Value> evaluate_compare(const Expression& expression, Scope& scope);
  Maybe<Value> evaluate_conditional(const Expression& expression, Scope& scope);
  Maybe<Arguments> evaluate_arguments(const Expression& expression, Scope& scope);
  Maybe<void> spread(const Argument& argument, const Value& value, Arguments& out);

  // Refuses when the budget is used up or the nesting too deep.
  bool may_go_deeper();

  Context& context_;
  ScopePool scopes_;
  int depth_ = 0;
  Value filter_head_;  ///< what the filter chain of a block starts from
};

}  // namespace lab::jinja
