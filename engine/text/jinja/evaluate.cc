// The part of the interpreter that evaluates expressions.
#include "base/cat.h"
#include "text/jinja/interpreter.h"
#include "text/jinja/iteration.h"
#include "text/jinja/members.h"
#include "text/jinja/print.h"

namespace lab::jinja {

bool Interpreter::may_go_deeper() {
  if (depth_ > kMaxDepth) context_.budget.exhaust("too many blocks and calls inside each other");
  return context_.budget.spend(1);
}

Maybe<Value> Interpreter::evaluate(const Expression& expression, Scope& scope) {
  ++depth_;
  Maybe<Value> value = std::unexpected(Failed{});
  if (may_go_deeper()) value = evaluate_kind(expression, scope);
  --depth_;
  return value;
}

Maybe<Value> Interpreter::evaluate_kind(const Expression& expression, Scope& scope) {
  switch (expression.kind) {
    case ExpressionKind::kConstant:
      return expression.constant;
    case ExpressionKind::kName: {
      if (const Value* found = scope.find(expression.name)) return *found;
      return Value::undefined(cat("'", expression.name, "' is undefined"));
    }
    case ExpressionKind::kAttribute: {
      LAB_TRY(Value value, evaluate(*expression.parts[0], scope));
      context_.line = expression.line;
      return attribute(context_, value, expression.name);
    }
    case ExpressionKind::kNot: {
      LAB_TRY(Value value, evaluate(*expression.parts[0], scope));
      return Value(!truthy(value));
    }
    case ExpressionKind::kList:
    case ExpressionKind::kTuple:
      return evaluate_items(expression, scope);
    case ExpressionKind::kDict:
      return evaluate_dict(expression, scope);
    case ExpressionKind::kItem:
      return evaluate_item(expression, scope);
    case ExpressionKind::kSlice:
      return evaluate_slice(expression, scope);
    case ExpressionKind::kCall:
      return evaluate_call(expression, scope, nullptr);
    case ExpressionKind::kFilter:
    case ExpressionKind::kTest:
      return evaluate_filter(expression, scope);
    case ExpressionKind::kNegative:
    case ExpressionKind::kPositive:
      return evaluate_sign(expression, scope);
    case ExpressionKind::kAnd:
    case ExpressionKind::kOr:
      return evaluate_logic(expression, scope);
    case ExpressionKind::kArithmetic:
      return evaluate_arithmetic(expression, scope);
    case ExpressionKind::kConcat:
      return evaluate_concat(expression, scope);
    case ExpressionKind::kCompare:
      return evaluate_compare(expression, scope);
    case ExpressionKind::kConditional:
      return evaluate_conditional(expression, scope);
  }
  return Value();
}

Maybe<Value> Interpreter::evaluate_items(const Expression& expression, Scope& scope) {
  std::vector<Value> items;
  for (const auto& part : expression.parts) {
    LAB_TRY(Value item, evaluate(*part, scope));
    items.push_back(std::move(item));
  }
  bool list = expression.kind == ExpressionKind::kList;
  return make_sequence(context_.budget, list ? SequenceKind::kList : SequenceKind::kTuple,
                       std::move(items));
}

Maybe<Value> Interpreter::evaluate_dict(const Expression& expression, Scope& scope) {
  Dict::Items items;
  for (std::size_t i = 0; i < expression.parts.size(); i += 2) {
    LAB_TRY(Value key, evaluate(*expression.parts[i], scope));
    LAB_TRY(Value value, evaluate(*expression.parts[i + 1], scope));
    context_.line = expression.line;
    LAB_CHECK(put(context_, items, key, value));
  }
  return make_dict(context_.budget, std::move(items));
}

Maybe<Value> Interpreter::evaluate_item(const Expression& expression, Scope& scope) {
  LAB_TRY(Value value, evaluate(*expression.parts[0], scope));
  LAB_TRY(Value index, evaluate(*expression.parts[1], scope));
  context_.line = expression.line;
  return item(context_, value, index);
}

Maybe<Value> Interpreter::evaluate_slice(const Expression& expression, Scope& scope) {
  Value values[4];
  for (std::size_t i = 0; i < 4; ++i) {
    if (!expression.parts[i]) continue;
    LAB_TRY(values[i], evaluate(*expression.parts[i], scope));
    if (i > 0 && values[i].is_undefined()) return context_.fail(values[i].why_undefined());
  }
  context_.line = expression.line;
  return slice(context_, values[0], values[1], values[2], values[3]);
}

Maybe<void> Interpreter::spread(const Argument& argument, const Value& value, Arguments& out) {
  if (argument.kind == Argument::Kind::kList) {
    LAB_TRY(std::vector<Value> items, all_items(context_, value));
    out.positional.insert(out.positional.end(), items.begin(), items.end());
    return {};
  }
  if (!value.is_dict()) return context_.fail("the argument after ** must be a dict");
  for (const auto& [key, item] : value.dict().items) {
    if (!key.is_text()) return context_.fail("the names of arguments must be strings");
    out.named.emplace_back(std::string(key.view()), item);
  }
  return {};
}

Maybe<Arguments> Interpreter::evaluate_arguments(const Expression& expression, Scope& scope) {
  Arguments out;
  for (const Argument& argument : expression.arguments) {
    LAB_TRY(Value value, evaluate(*argument.value, scope));
    switch (argument.kind) {
      case Argument::Kind::kPositional:
        out.positional.push_back(std::move(value));
        break;
      case Argument::Kind::kNamed:
        out.named.emplace_back(argument.name, std::move(value));
        break;
      default:
        LAB_CHECK(spread(argument, value, out));
    }
  }
  return out;
}

Maybe<Value> Interpreter::evaluate_call(const Expression& expression, Scope& scope,
                                        const Value* caller) {
  LAB_TRY(Value callee, evaluate(*expression.parts[0], scope));
  LAB_TRY(Arguments arguments, evaluate_arguments(expression, scope));
  if (caller) arguments.named.emplace_back("caller", *caller);
  context_.line = expression.line;
  if (callee.is_undefined()) return context_.fail(callee.why_undefined());
  if (!callee.is_object())
    return context_.fail(cat("'", type_name(callee), "' object is not callable"));
  return callee.object()->call(context_, arguments);
}

Maybe<Value> Interpreter::evaluate_filter(const Expression& expression, Scope& scope) {
  Value value = filter_head_;
  if (expression.parts[0]) {
    LAB_TRY(value, evaluate(*expression.parts[0], scope));
  }
  LAB_TRY(Arguments arguments, evaluate_arguments(expression, scope));
  context_.line = expression.line;
  return expression.function(context_, value, arguments);
}

Maybe<Value> Interpreter::evaluate_sign(const Expression& expression, Scope& scope) {
  LAB_TRY(Value value, evaluate(*expression.parts[0], scope));
  context_.line = expression.line;
  if (expression.kind == ExpressionKind::kNegative) return negate(context_, value);
  if (value.is_undefined()) return context_.fail(value.why_undefined());
  if (!value.is_number())
    return context_.fail(cat("bad operand type for unary +: ", type_name(value)));
  return value.is_bool() ? Value(value.whole()) : value;
}

Maybe<Value> Interpreter::evaluate_logic(const Expression& expression, Scope& scope) {
  LAB_TRY(Value left, evaluate(*expression.parts[0], scope));
  bool decided = truthy(left) == (expression.kind == ExpressionKind::kOr);
  if (decided) return left;
  return evaluate(*expression.parts[1], scope);
}

Maybe<Value> Interpreter::evaluate_arithmetic(const Expression& expression, Scope& scope) {
  LAB_TRY(Value left, evaluate(*expression.parts[0], scope));
  LAB_TRY(Value right, evaluate(*expression.parts[1], scope));
  context_.line = expression.line;
  return arithmetic(context_, expression.operators[0], left, right);
}

Maybe<Value> Interpreter::evaluate_concat(const Expression& expression, Scope& scope) {
  TextBuilder out(context_.budget);
  for (const auto& part : expression.parts) {
    LAB_TRY(Value value, evaluate(*part, scope));
    append_str(context_, out, value);
  }
  return Value(out.finish());
}

Maybe<Value> Interpreter::evaluate_compare(const Expression& expression, Scope& scope) {
  LAB_TRY(Value left, evaluate(*expression.parts[0], scope));
  bool holds = true;
  for (std::size_t i = 0; i < expression.operators.size() && holds; ++i) {
    LAB_TRY(Value right, evaluate(*expression.parts[i + 1], scope));
    context_.line = expression.line;
    LAB_TRY(holds, compare(context_, expression.operators[i], left, right));
    left = std::move(right);
  }
  return Value(holds);
}

Maybe<Value> Interpreter::evaluate_conditional(const Expression& expression, Scope& scope) {
  LAB_TRY(Value test, evaluate(*expression.parts[0], scope));
  if (truthy(test)) return evaluate(*expression.parts[1], scope);
  if (expression.parts[2]) return evaluate(*expression.parts[2], scope);
  return Value::undefined(
      cat("the inline if on line ", expression.line, " evaluated to false and has no else"));
}

}  // namespace lab::jinja
