// The innermost expressions: names, literals, brackets, and what is written behind a value.
#include "text/jinja/expression_parser.h"
#include "text/jinja/filters.h"

namespace lab::jinja {

ExpressionParser::Parsed ExpressionParser::primary() {
  const Token& token = tokens_.current();
  ExpressionPtr node = make(ExpressionKind::kConstant, token.line);
  if (token.kind == TokenKind::kName) {
    tokens_.take();
    if (token.text == "true" || token.text == "True")
      node->constant = Value(true);
    else if (token.text == "false" || token.text == "False")
      node->constant = Value(false);
    else if (token.text == "none" || token.text == "None")
      node->constant = Value(None{});
    else {
      node->kind = ExpressionKind::kName;
      node->name = token.text;
      names_read.push_back(token.text);
    }
    return node;
  }
  if (token.kind == TokenKind::kNumber) {
    node->constant = tokens_.take().value;
    return node;
  }
  if (token.kind == TokenKind::kString) {
    std::string joined;  // strings side by side are one
    while (tokens_.is(TokenKind::kString)) joined += tokens_.take().value.view();
    node->constant = Value(Text(joined));
    return node;
  }
  if (tokens_.skip_operator("(")) {
    LAB_TRY(ExpressionPtr inner, tuple(true, {}, true));
    LAB_CHECK(tokens_.expect_operator(")"));
    return inner;
  }
  if (tokens_.is_operator("[")) return list();
  if (tokens_.is_operator("{")) return dict();
  return tokens_.unexpected("an expression");
}

ExpressionParser::Parsed ExpressionParser::list() {
  ExpressionPtr node = make(ExpressionKind::kList, tokens_.take().line);
  while (!tokens_.is_operator("]")) {
    if (!node->parts.empty()) LAB_CHECK(tokens_.expect_operator(","));
    if (tokens_.is_operator("]")) break;
    LAB_TRY(ExpressionPtr item, expression());
    node->parts.push_back(std::move(item));
  }
  LAB_CHECK(tokens_.expect_operator("]"));
  return finish(std::move(node));
}

ExpressionParser::Parsed ExpressionParser::dict() {
  ExpressionPtr node = make(ExpressionKind::kDict, tokens_.take().line);
  while (!tokens_.is_operator("}")) {
    if (!node->parts.empty()) LAB_CHECK(tokens_.expect_operator(","));
    if (tokens_.is_operator("}")) break;
    LAB_TRY(ExpressionPtr key, expression());
    LAB_CHECK(tokens_.expect_operator(":"));
    LAB_TRY(ExpressionPtr value, expression());
    node->parts.push_back(std::move(key));
    node->parts.push_back(std::move(value));
  }
  LAB_CHECK(tokens_.expect_operator("}"));
  return finish(std::move(node));
}

ExpressionParser::Parsed ExpressionParser::postfix(ExpressionPtr value) {
  while (true) {
    if (tokens_.is_operator(".") || tokens_.is_operator("[")) {
      LAB_TRY(value, subscript(std::move(value)));
    } else if (tokens_.is_operator("(")) {
      ExpressionPtr call = make(ExpressionKind::kCall, tokens_.current().line);
      call->parts.push_back(std::move(value));
      LAB_TRY(call->arguments, arguments());
      LAB_TRY(value, finish(std::move(call)));
    } else {
      return value;
    }
  }
}

ExpressionParser::Parsed ExpressionParser::subscript(ExpressionPtr value) {
  int line = tokens_.current().line;
  if (tokens_.skip_operator(".")) {
    const Token& member = tokens_.take();
    if (member.kind == TokenKind::kName) {
      LAB_TRY(ExpressionPtr node,
              combine(ExpressionKind::kAttribute, line, std::move(value), nullptr));
      node->name = member.text;
      return node;
    }
    bool index = member.kind == TokenKind::kNumber && member.value.is_integer();
    if (!index) return tokens_.failed("expected a name or number behind '.'", member.line);
    ExpressionPtr number = make(ExpressionKind::kConstant, line);
    number->constant = member.value;
    return combine(ExpressionKind::kItem, line, std::move(value), std::move(number));
  }
  tokens_.take();
  LAB_TRY(ExpressionPtr node, subscript_part(std::move(value)));
  if (tokens_.is_operator(",") && node->kind == ExpressionKind::kItem) {  // a[b, c] is a[(b, c)]
    ExpressionPtr parts = make(ExpressionKind::kTuple, line);
    parts->parts.push_back(std::move(node->parts[1]));
    while (tokens_.skip_operator(",")) {
      LAB_TRY(ExpressionPtr part, expression());
      parts->parts.push_back(std::move(part));
    }
    LAB_TRY(node->parts[1], finish(std::move(parts)));
    LAB_TRY(node, finish(std::move(node)));
  }
  LAB_CHECK(tokens_.expect_operator("]"));
  return node;
}

// Behind the bracket: an index, or a slice.
ExpressionParser::Parsed ExpressionParser::subscript_part(ExpressionPtr value) {
  int line = tokens_.current().line;
  ExpressionPtr node = make(ExpressionKind::kItem, line);
  node->parts.push_back(std::move(value));
  ExpressionPtr bounds[3];
  int given = 0;
  for (; given < 3; ++given) {
    if (!tokens_.is_operator(":") && !tokens_.is_operator("]")) {
      LAB_TRY(bounds[given], expression());
    }
    if (given == 2 || !tokens_.skip_operator(":")) break;
    node->kind = ExpressionKind::kSlice;
  }
  if (node->kind == ExpressionKind::kItem) {
    if (!bounds[0]) return tokens_.unexpected("an index");
    node->parts.push_back(std::move(bounds[0]));
  } else {
    for (auto& bound : bounds) node->parts.push_back(std::move(bound));
  }
  return finish(std::move(node));
}

ExpressionParser::Parsed ExpressionParser::filters_and_tests(ExpressionPtr value) {
  while (true) {
    if (tokens_.skip_operator("|")) {
      LAB_TRY(value, filter(std::move(value)));
    } else if (tokens_.skip_name("is")) {
      LAB_TRY(value, test(std::move(value)));
    } else if (tokens_.is_operator("(")) {
      LAB_TRY(value, postfix(std::move(value)));
    } else {
      return value;
    }
  }
}

ExpressionParser::Parsed ExpressionParser::filter_chain() {
  ExpressionPtr value;
  do {
    LAB_TRY(value, filter(std::move(value)));
  } while (tokens_.skip_operator("|"));
  return value;
}

ExpressionParser::Parsed ExpressionParser::filter(ExpressionPtr value) {
  ExpressionPtr node = make(ExpressionKind::kFilter, tokens_.current().line);
  LAB_TRY(std::string_view name, tokens_.expect_name("the name of a filter"));
  node->name = name;
  node->function = find_filter(name);
  if (!node->function) return tokens_.failed(cat("unknown filter '", name, "'"), node->line);
  node->parts.push_back(std::move(value));
  if (tokens_.is_operator("(")) {
    LAB_TRY(node->arguments, arguments());
  }
  return finish(std::move(node));
}

ExpressionParser::Parsed ExpressionParser::test(ExpressionPtr value) {
  bool inverted = tokens_.skip_name("not");
  ExpressionPtr node = make(ExpressionKind::kTest, tokens_.current().line);
  LAB_TRY(std::string_view name, tokens_.expect_name("the name of a test"));
  node->name = name;
  node->function = find_test(name);
  if (!node->function) return tokens_.failed(cat("unknown test '", name, "'"), node->line);
  node->parts.push_back(std::move(value));
  bool operand = tokens_.is(TokenKind::kString) || tokens_.is(TokenKind::kNumber) ||
                 tokens_.is_operator("[") || tokens_.is_operator("{") ||
                 (tokens_.is(TokenKind::kName) && !tokens_.is_name("else") &&
                  !tokens_.is_name("or") && !tokens_.is_name("and"));
  if (tokens_.is_operator("(")) {
    LAB_TRY(node->arguments, arguments());
  } else if (operand) {
    if (tokens_.is_name("is")) return tokens_.failed("tests cannot be chained with 'is'");
    LAB_TRY(ExpressionPtr argument, primary());
    LAB_TRY(argument, postfix(std::move(argument)));
    node->arguments.push_back({Argument::Kind::kPositional, {}, std::move(argument)});
  }
  int line = node->line;
  LAB_TRY(node, finish(std::move(node)));
  if (!inverted) return node;
  return combine(ExpressionKind::kNot, line, std::move(node), nullptr);
}

Result<std::vector<Argument>> ExpressionParser::arguments() {
  tokens_.take();
  std::vector<Argument> all;
  while (!tokens_.is_operator(")")) {
    if (!all.empty()) LAB_CHECK(tokens_.expect_operator(","));
    if (tokens_.is_operator(")")) break;
    LAB_TRY(Argument next, argument(all));
    all.push_back(std::move(next));
  }
  tokens_.take();
  return all;
}

Result<Argument> ExpressionParser::argument(const std::vector<Argument>& before) {
  using Kind = Argument::Kind;
  Argument argument{Kind::kPositional, {}, nullptr};
  if (tokens_.skip_operator("**")) {
    argument.kind = Kind::kDict;
  } else if (tokens_.skip_operator("*")) {
    argument.kind = Kind::kList;
  } else if (tokens_.is(TokenKind::kName) && tokens_.after().kind == TokenKind::kOperator &&
             tokens_.after().text == "=") {
    argument.kind = Kind::kNamed;
    argument.name = tokens_.take().text;
    tokens_.take();
  }
  for (const Argument& other : before) {
    bool dictionary = other.kind == Kind::kDict, list = other.kind == Kind::kList;
    bool misplaced = dictionary ||
                     (list && argument.kind != Kind::kNamed && argument.kind != Kind::kDict) ||
                     (other.kind == Kind::kNamed && argument.kind == Kind::kPositional);
    if (misplaced) return tokens_.failed("the arguments of a call are in a wrong order");
  }
  LAB_TRY(argument.value, expression());
  return argument;
}

}  // namespace lab::jinja
