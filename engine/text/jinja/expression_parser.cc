#include "text/jinja/expression_parser.h"

#include <algorithm>
#include <optional>

#include "text/jinja/parser.h"

namespace lab::jinja {

namespace {

std::optional<Operator> comparison_operator(const Token& token) {
  if (token.kind != TokenKind::kOperator) return std::nullopt;
  for (Operator op : {Operator::kEqual, Operator::kNotEqual, Operator::kLess, Operator::kLessEqual,
                      Operator::kGreater, Operator::kGreaterEqual}) {
    if (operator_symbol(op) == token.text) return op;
  }
  return std::nullopt;
}

}  // namespace

ExpressionPtr ExpressionParser::make(ExpressionKind kind, int line) const {
  auto expression = std::make_unique<Expression>();
  expression->kind = kind;
  expression->line = line;
  return expression;
}

ExpressionParser::Parsed ExpressionParser::finish(ExpressionPtr expression) const {
  for (const auto& part : expression->parts) {
    if (part) expression->depth = std::max(expression->depth, part->depth + 1);
  }
  for (const Argument& argument : expression->arguments) {
    expression->depth = std::max(expression->depth, argument.value->depth + 1);
  }
  if (expression->depth > kMaxTreeDepth) {
    return fail(
        Error{Code::kLimit, cat("an expression nests more than ", kMaxTreeDepth, " deep")}.on_line(
            expression->line));
  }
  return expression;
}

ExpressionParser::Parsed ExpressionParser::combine(ExpressionKind kind, int line, ExpressionPtr a,
                                                   ExpressionPtr b) {
  ExpressionPtr node = make(kind, line);
  node->parts.push_back(std::move(a));
  if (b) node->parts.push_back(std::move(b));
  return finish(std::move(node));
}

Status ExpressionParser::check_nesting() const {
  if (nesting <= kMaxNesting) return {};
  return fail(
      Error{Code::kLimit, cat("the template nests more than ", kMaxNesting, " deep")}.on_line(
          tokens_.current().line));
}

ExpressionParser::Parsed ExpressionParser::tuple(bool conditional, std::string_view until,
                                                 bool in_parentheses) {
  int line = tokens_.current().line;
  auto ended = [&] {
    return tokens_.is(TokenKind::kVariableEnd) || tokens_.is(TokenKind::kBlockEnd) ||
           tokens_.is_operator(")") || (!until.empty() && tokens_.is_name(until));
  };
  ExpressionPtr node = make(ExpressionKind::kTuple, line);
  bool comma = false;
  while (!ended()) {
    LAB_TRY(ExpressionPtr item, expression(conditional));
    node->parts.push_back(std::move(item));
    if (!tokens_.skip_operator(",")) {
      if (comma) break;
      return std::move(node->parts[0]);
    }
    comma = true;
  }
  if (node->parts.empty() && !in_parentheses) return tokens_.unexpected("an expression");
  return finish(std::move(node));
}

ExpressionParser::Parsed ExpressionParser::expression(bool conditional) {
  NestingGuard guard(nesting);
  LAB_CHECK(check_nesting());
  int line = tokens_.current().line;
  LAB_TRY(ExpressionPtr value, either());
  while (conditional && tokens_.skip_name("if")) {
    ExpressionPtr node = make(ExpressionKind::kConditional, line);
    LAB_TRY(ExpressionPtr test, either());
    node->parts.push_back(std::move(test));
    node->parts.push_back(std::move(value));
    node->parts.push_back(nullptr);
    if (tokens_.skip_name("else")) {
      LAB_TRY(node->parts[2], expression());
    }
    LAB_TRY(value, finish(std::move(node)));
  }
  return value;
}

ExpressionParser::Parsed ExpressionParser::either() {
  LAB_TRY(ExpressionPtr left, both());
  while (tokens_.is_name("or")) {
    int line = tokens_.take().line;
    LAB_TRY(ExpressionPtr right, both());
    LAB_TRY(left, combine(ExpressionKind::kOr, line, std::move(left), std::move(right)));
  }
  return left;
}

ExpressionParser::Parsed ExpressionParser::both() {
  LAB_TRY(ExpressionPtr left, inverted());
  while (tokens_.is_name("and")) {
    int line = tokens_.take().line;
    LAB_TRY(ExpressionPtr right, inverted());
    LAB_TRY(left, combine(ExpressionKind::kAnd, line, std::move(left), std::move(right)));
  }
  return left;
}

ExpressionParser::Parsed ExpressionParser::inverted() {
  if (!tokens_.is_name("not")) return comparison();
  NestingGuard guard(nesting);
  LAB_CHECK(check_nesting());
  int line = tokens_.take().line;
  LAB_TRY(ExpressionPtr value, inverted());
  return combine(ExpressionKind::kNot, line, std::move(value), nullptr);
}

ExpressionParser::Parsed ExpressionParser::comparison() {
  int line = tokens_.current().line;
  LAB_TRY(ExpressionPtr left, sum());
  ExpressionPtr node = make(ExpressionKind::kCompare, line);
  while (true) {
    std::optional<Operator> op = comparison_operator(tokens_.current());
    if (tokens_.is_name("in")) op = Operator::kIn;
    bool not_in = tokens_.is_name("not") && tokens_.after().kind == TokenKind::kName &&
                  tokens_.after().text == "in";
    if (not_in) op = Operator::kNotIn;
    if (!op) break;
    tokens_.take();
    if (not_in) tokens_.take();
    LAB_TRY(ExpressionPtr right, sum());
    node->operators.push_back(*op);
    node->parts.push_back(std::move(right));
  }
  if (node->parts.empty()) return left;
  node->parts.insert(node->parts.begin(), std::move(left));
  return finish(std::move(node));
}

ExpressionParser::Parsed ExpressionParser::sum() {
  LAB_TRY(ExpressionPtr left, concatenation());
  while (tokens_.is_operator("+") || tokens_.is_operator("-")) {
    const Token& sign = tokens_.take();
    LAB_TRY(ExpressionPtr right, concatenation());
    LAB_TRY(left,
            combine(ExpressionKind::kArithmetic, sign.line, std::move(left), std::move(right)));
    left->operators = {sign.text == "+" ? Operator::kAdd : Operator::kSubtract};
  }
  return left;
}

ExpressionParser::Parsed ExpressionParser::concatenation() {
  int line = tokens_.current().line;
  LAB_TRY(ExpressionPtr first, product());
  if (!tokens_.is_operator("~")) return first;
  ExpressionPtr node = make(ExpressionKind::kConcat, line);
  node->parts.push_back(std::move(first));
  while (tokens_.skip_operator("~")) {
    LAB_TRY(ExpressionPtr next, product());
    node->parts.push_back(std::move(next));
  }
  return finish(std::move(node));
}

ExpressionParser::Parsed ExpressionParser::product() {
  constexpr Operator kOperators[] = {Operator::kMultiply, Operator::kDivide, Operator::kFloorDivide,
                                     Operator::kModulo};
  LAB_TRY(ExpressionPtr left, power());
  while (true) {
    auto found = std::ranges::find_if(
        kOperators, [&](Operator op) { return tokens_.is_operator(operator_symbol(op)); });
    if (found == std::end(kOperators)) return left;
    int line = tokens_.take().line;
    LAB_TRY(ExpressionPtr right, power());
    LAB_TRY(left, combine(ExpressionKind::kArithmetic, line, std::move(left), std::move(right)));
    left->operators = {*found};
  }
}

// Unlike Python's, jinja2's power groups from the left: 2**3**2 is 64.
ExpressionParser::Parsed ExpressionParser::power() {
  LAB_TRY(ExpressionPtr left, unary());
  while (tokens_.is_operator("**")) {
    int line = tokens_.take().line;
    LAB_TRY(ExpressionPtr right, unary());
    LAB_TRY(left, combine(ExpressionKind::kArithmetic, line, std::move(left), std::move(right)));
    left->operators = {Operator::kPower};
  }
  return left;
}

ExpressionParser::Parsed ExpressionParser::unary(bool with_filters) {
  ExpressionPtr value;
  if (tokens_.is_operator("-") || tokens_.is_operator("+")) {
    NestingGuard guard(nesting);
    LAB_CHECK(check_nesting());
    const Token& sign = tokens_.take();
    LAB_TRY(ExpressionPtr operand, unary(false));
    auto kind = sign.text == "-" ? ExpressionKind::kNegative : ExpressionKind::kPositive;
    LAB_TRY(value, combine(kind, sign.line, std::move(operand), nullptr));
  } else {
    LAB_TRY(value, primary());
  }
  LAB_TRY(value, postfix(std::move(value)));
  if (!with_filters) return value;
  return filters_and_tests(std::move(value));
}

}  // namespace lab::jinja
