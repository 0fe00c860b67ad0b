// The part of the interpreter that runs statements.
#include "base/cat.h"
#include "text/jinja/globals.h"
#include "text/jinja/interpreter.h"
#include "text/jinja/iteration.h"
#include "text/jinja/loop.h"
#include "text/jinja/macro.h"
#include "text/jinja/print.h"

namespace lab::jinja {

Maybe<Flow> Interpreter::run(const Block& block, Scope& scope, TextBuilder& out) {
  ++depth_;
  Maybe<Flow> flow = Flow::kNext;
  for (const Statement& statement : block) {
    flow = std::unexpected(Failed{});
    if (may_go_deeper()) flow = run_statement(statement, scope, out);
    if (!flow || *flow != Flow::kNext) break;
  }
  --depth_;
  return flow;
}

Maybe<Flow> Interpreter::run_statement(const Statement& statement, Scope& scope, TextBuilder& out) {
  switch (statement.kind) {
    case StatementKind::kText:
      return out.append(statement.text), Flow::kNext;
    case StatementKind::kOutput: {
      for (const auto& expression : statement.expressions) {
        LAB_TRY(Value value, evaluate(*expression, scope));
        append_str(context_, out, value);
      }
      return Flow::kNext;
    }
    case StatementKind::kSet: {
      LAB_TRY(Value value, evaluate(*statement.expressions[0], scope));
      context_.line = statement.line;
      LAB_CHECK(assign(statement.target, value, scope));
      return Flow::kNext;
    }
    case StatementKind::kMacro:
      return scope.set(statement.macro->name, make_macro(*statement.macro, scope)), Flow::kNext;
    case StatementKind::kBreak:
      return Flow::kBreak;
    case StatementKind::kContinue:
      return Flow::kContinue;
    case StatementKind::kIf:
      return run_if(statement, scope, out);
    case StatementKind::kFor:
      return run_for_over(statement, scope, out);
    case StatementKind::kSetBlock:
      return run_set_block(statement, scope);
    case StatementKind::kCall:
      return run_call(statement, scope, out);
    case StatementKind::kFilter:
      return run_filter(statement, scope, out);
    case StatementKind::kWith:
      return run_with(statement, scope, out);
    case StatementKind::kGeneration:
      return run_generation(statement, scope, out);
  }
  return Flow::kNext;
}

Maybe<Flow> Interpreter::run_if(const Statement& statement, Scope& scope, TextBuilder& out) {
  for (std::size_t i = 0; i < statement.expressions.size(); ++i) {
    LAB_TRY(Value condition, evaluate(*statement.expressions[i], scope));
    if (truthy(condition)) return run(statement.blocks[i], scope, out);
  }
  if (statement.blocks.size() > statement.expressions.size())
    return run(statement.blocks.back(), scope, out);
  return Flow::kNext;
}

Maybe<Flow> Interpreter::run_for_over(const Statement& statement, Scope& scope, TextBuilder& out) {
  LAB_TRY(Value items, evaluate(*statement.expressions[0], scope));
  context_.line = statement.line;
  return run_for(statement, items, scope, out, 0);
}

Maybe<Flow> Interpreter::run_for(const Statement& statement, const Value& items, Scope& scope,
                                 TextBuilder& out, int depth) {
  LAB_TRY(Iteration iteration, Iteration::over(context_, items));
  auto loop =
      std::make_shared<Loop>(*this, statement, scope, std::move(iteration), items.depth(), depth);
  LoopCloser closer(*loop);
  bool any = false;
  while (true) {
    LAB_TRY(std::optional<Value> item, loop->advance());
    if (!item) break;
    any = true;
    InnerScope inner(scopes_, &scope);
    inner->set("loop", Value(Value::ObjectPtr(loop)));
    LAB_CHECK(assign(statement.target, *item, *inner));
    LAB_TRY(Flow flow, run(statement.blocks[0], *inner, out));
    if (flow == Flow::kBreak) break;
  }
  if (any || statement.blocks.size() < 2) return Flow::kNext;
  InnerScope inner(scopes_, &scope);
  return run(statement.blocks[1], *inner, out);
}

Maybe<Flow> Interpreter::run_set_block(const Statement& statement, Scope& scope) {
  TextBuilder text(context_.budget);
  InnerScope inner(scopes_, &scope);
  LAB_TRY(Flow flow, run(statement.blocks[0], *inner, text));
  if (flow != Flow::kNext) return flow;
  Value value(text.finish());
  if (statement.expressions[0]) {
    LAB_TRY(value, filtered(*statement.expressions[0], std::move(value), *inner));
  }
  LAB_CHECK(assign(statement.target, value, scope));
  return Flow::kNext;
}

Maybe<Flow> Interpreter::run_call(const Statement& statement, Scope& scope, TextBuilder& out) {
  Value caller = make_macro(*statement.macro, scope);
  LAB_TRY(Value value, evaluate_call(*statement.expressions[0], scope, &caller));
  append_str(context_, out, value);
  return Flow::kNext;
}

Maybe<Flow> Interpreter::run_filter(const Statement& statement, Scope& scope, TextBuilder& out) {
  TextBuilder text(context_.budget);
  InnerScope inner(scopes_, &scope);
  LAB_TRY(Flow flow, run(statement.blocks[0], *inner, text));
  if (flow != Flow::kNext) return flow;
  LAB_TRY(Value value, filtered(*statement.expressions[0], Value(text.finish()), *inner));
  append_str(context_, out, value);
  return Flow::kNext;
}

Maybe<Value> Interpreter::filtered(const Expression& chain, Value head, Scope& scope) {
  filter_head_ = std::move(head);  // the chain's first filter reads it before anything else runs
  return evaluate(chain, scope);
}

Maybe<Flow> Interpreter::run_with(const Statement& statement, Scope& scope, TextBuilder& out) {
  InnerScope inner(scopes_, &scope);
  for (std::size_t i = 0; i < statement.expressions.size(); ++i) {
    LAB_TRY(Value value, evaluate(*statement.expressions[i], scope));
    LAB_CHECK(assign(statement.target.targets[i], value, *inner));
  }
  return run(statement.blocks[0], *inner, out);
}

Maybe<Flow> Interpreter::run_generation(const Statement& statement, Scope& scope,
                                        TextBuilder& out) {
  TextBuilder text(context_.budget);
  InnerScope inner(scopes_, &scope);
  LAB_TRY(Flow flow, run(statement.blocks[0], *inner, text));
  out.append(text.finish(), 0, Text::kEnd, kGenerated);
  return flow;
}

Value Interpreter::make_macro(const MacroBody& body, Scope& scope) {
  scope.capture();
  return Value(Value::ObjectPtr(std::make_shared<Macro>(*this, body, scope)));
}

Maybe<void> Interpreter::assign(const Target& target, const Value& value, Scope& scope) {
  if (target.kind == Target::Kind::kName) return scope.set(target.name, value), Maybe<void>();
  if (target.kind == Target::Kind::kAttribute) return assign_attribute(target, value, scope);
  LAB_TRY(std::vector<Value> items, all_items(context_, value));
  if (items.size() != target.targets.size()) {
    return context_.fail(
        cat("cannot unpack ", items.size(), " values into ", target.targets.size(), " names"));
  }
  for (std::size_t i = 0; i < items.size(); ++i)
    LAB_CHECK(assign(target.targets[i], items[i], scope));
  return {};
}

Maybe<void> Interpreter::assign_attribute(const Target& target, const Value& value, Scope& scope) {
  const Value* owner = scope.find(target.name);
  auto* name_space =
      owner && owner->is_object() ? dynamic_cast<Namespace*>(owner->object().get()) : nullptr;
  if (!name_space)
    return context_.fail(
        cat("cannot assign attribute on '", target.name, "', which is no namespace object"));
  return name_space->set(context_, target.attribute, value);
}

}  // namespace lab::jinja
