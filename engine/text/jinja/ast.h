// The syntax tree of a template.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "text/jinja/operators.h"
#include "text/jinja/value.h"

namespace lab::jinja {

struct Expression;
struct Statement;
using ExpressionPtr = std::unique_ptr<Expression>;
using Block = std::vector<Statement>;

enum class ExpressionKind : std::uint8_t {
  kConstant,   ///< `constant`
  kName,       ///< `name`
  kList,       ///< parts: the items
  kTuple,      ///< parts: the items
  kDict,       ///< parts: key, value, key, value ...
  kAttribute,  ///< parts[0].name
  kItem,       ///< parts[0][parts[1]]
  kSlice,      ///< parts[0][parts[1]:parts[2]:parts[3]]; null bounds were left out
  kCall,       ///< parts[0](arguments)
  kFilter,     ///< parts[0]|function(arguments); parts[0] is null at the head of a block filter
  kTest,       ///< parts[0] is function(arguments)
  kNot,
  kNegative,
  kPositive,
  kAnd,
  kOr,
  kArithmetic,   ///< parts[0] operators[0] parts[1]
  kConcat,       ///< parts[0] ~ parts[1] ~ ...
  kCompare,      ///< parts[0] operators[0] parts[1] operators[1] parts[2] ...
  kConditional,  ///< parts[1] if parts[0] else parts[2], which may be null
};

struct Argument {
  enum class Kind : std::uint8_t { kPositional, kNamed, kList, kDict };  ///< x, name=x, *x, **x
  Kind kind;
  std::string name;
  ExpressionPtr value;
};

struct Expression {
  ExpressionKind kind;
  int line = 0;
  int depth = 1;  ///< of the tree below, at most kMaxTreeDepth
  Value constant{};
  std::string name{};
  std::vector<ExpressionPtr> parts{};
  std::vector<Operator> operators{};
  std::vector<Argument> arguments{};
  Builtin function = nullptr;
};

/// What an assignment writes to: a name, an attribute of a namespace, or several of these.
struct Target {
  enum class Kind : std::uint8_t { kName, kAttribute, kTuple };
  Kind kind = Kind::kName;
  std::string name{};
  std::string attribute{};
  std::vector<Target> targets{};
};

struct MacroParameter {
  std::string name;
  ExpressionPtr fallback;  ///< null if it has none
};

/// The body of {% macro %} and of {% call %}.
struct MacroBody {
  std::string name;
  std::vector<MacroParameter> parameters;
  Block block;
  // Does the body use these names, so that the macro takes such arguments?
  bool uses_caller = false, uses_varargs = false, uses_kwargs = false;
};

enum class StatementKind : std::uint8_t {
  kText,      ///< `text`
  kOutput,    ///< expressions: what to print
  kIf,        ///< blocks[i] if expressions[i]; one block more is the else
  kFor,       ///< for target in expressions[0] if expressions[1] (may be null): blocks[0], else [1]
  kSet,       ///< target = expressions[0]
  kSetBlock,  ///< target = blocks[0], through the filter expressions[0] unless that is null
  kMacro,     ///< macro
  kCall,      ///< expressions[0] is called with macro as its caller
  kFilter,    ///< blocks[0] through the filter expressions[0]
  kWith,      ///< targets.targets[i] = expressions[i] in blocks[0]
  kGeneration,  ///< blocks[0] is the assistant's
  kBreak,
  kContinue,
};

struct Statement {
  StatementKind kind;
  int line = 0;
  Text text{};
  std::vector<ExpressionPtr> expressions{};
  std::vector<Block> blocks{};
  Target target{};
  std::unique_ptr<MacroBody> macro{};
  bool recursive = false;  ///< of a for: may the body call loop(...)?
};

}  // namespace lab::jinja
