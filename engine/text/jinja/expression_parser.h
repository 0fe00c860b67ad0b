// Parses expressions: precedence and forms are those of jinja2's parser.
#pragma once

#include <string_view>
#include <vector>

#include "text/jinja/ast.h"
#include "text/jinja/token_stream.h"

namespace lab::jinja {

class ExpressionParser {
 public:
  using Parsed = Result<ExpressionPtr>;

  explicit ExpressionParser(TokenStream& tokens) : tokens_(tokens) {}

  /// One expression; without `conditional` an "if" behind it is not part of it.
  Parsed expression(bool conditional = true);
  /// Expressions with commas between them are a tuple. `until` is a name that also ends it.
  Parsed tuple(bool conditional = true, std::string_view until = {}, bool in_parentheses = false);
  /// A chain of filters, without a value at its head: "upper|trim".
  Parsed filter_chain();

  /// How deep in tags and brackets the parser is.
  int nesting = 0;
  /// The names that were read since the caller last cleared it: what a macro's body uses.
  std::vector<std::string_view> names_read;

  Status check_nesting() const;

 private:
  Parsed either();
  Parsed both();
  Parsed inverted();
  Parsed comparison();
  Parsed sum();
  Parsed concatenation();
  Parsed product();
  Parsed power();
  Parsed unary(bool with_filters = true);
  Parsed primary();
  Parsed list();
  Parsed dict();
  Parsed postfix(ExpressionPtr value);
  Parsed subscript(ExpressionPtr value);
  Parsed subscript_part(ExpressionPtr value);
  Parsed filters_and_tests(ExpressionPtr value);
  Parsed filter(ExpressionPtr value);
  Parsed test(ExpressionPtr value);
  Result<std::vector<Argument>> arguments();
  Result<Argument> argument(const std::vector<Argument>& before);

  ExpressionPtr make(ExpressionKind kind, int line) const;
  Parsed combine(ExpressionKind kind, int line, ExpressionPtr a, ExpressionPtr b);
  /// Computes the depth of a finished node; kLimit beyond kMaxTreeDepth.
  Parsed finish(ExpressionPtr expression) const;

  TokenStream& tokens_;
};

}  // namespace lab::jinja
