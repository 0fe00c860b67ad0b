// The tokens of a template as a parser reads them, and the errors that it finds.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/cat.h"
#include "text/jinja/lexer.h"

namespace lab::jinja {

class TokenStream {
 public:
  explicit TokenStream(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}

  const Token& current() const { return tokens_[at_]; }
  const Token& after() const { return tokens_[std::min(at_ + 1, tokens_.size() - 1)]; }
  /// Returns the current token and moves on; the end is never passed.
  const Token& take() { return tokens_[at_ + 1 < tokens_.size() ? at_++ : at_]; }

  bool is(TokenKind kind) const { return current().kind == kind; }
  bool is_name(std::string_view name) const {
    return is(TokenKind::kName) && current().text == name;
  }
  bool is_operator(std::string_view symbol) const {
    return is(TokenKind::kOperator) && current().text == symbol;
  }
  bool skip_name(std::string_view name) { return is_name(name) && (take(), true); }
  bool skip_operator(std::string_view symbol) { return is_operator(symbol) && (take(), true); }

  Status expect(TokenKind kind, std::string_view what) {
    if (!is(kind)) return unexpected(what);
    take();
    return {};
  }
  Status expect_operator(std::string_view symbol) {
    if (!skip_operator(symbol)) return unexpected(cat("'", symbol, "'"));
    return {};
  }
  Result<std::string_view> expect_name(std::string_view what) {
    if (!is(TokenKind::kName)) return unexpected(what);
    return take().text;
  }

  std::unexpected<Error> failed(std::string message, int line = 0) const {
    return fail(
        Error{Code::kBadTemplate, std::move(message)}.on_line(line > 0 ? line : current().line));
  }
  std::unexpected<Error> unexpected(std::string_view wanted) const {
    return failed(cat("expected ", wanted, ", found ", describe(current())));
  }

 private:
  static std::string describe(const Token& token) {
    switch (token.kind) {
      case TokenKind::kName:
        return cat("'", token.text, "'");
      case TokenKind::kOperator:
        return cat("'", token.text, "'");
      case TokenKind::kString:
        return "a string";
      case TokenKind::kNumber:
        return cat("the number ", token.text);
      case TokenKind::kBlockEnd:
        return "the end of the tag";
      case TokenKind::kVariableEnd:
        return "the end of the tag";
      case TokenKind::kEnd:
        return "the end of the template";
      default:
        return "text";
    }
  }

  std::vector<Token> tokens_;
  std::size_t at_ = 0;
};

/// Counts how deep a parser's functions are in each other, for the time that it lives.
class NestingGuard {
 public:
  explicit NestingGuard(int& depth) : depth_(depth) { ++depth_; }
  ~NestingGuard() { --depth_; }
  NestingGuard(const NestingGuard&) = delete;
  NestingGuard& operator=(const NestingGuard&) = delete;

 private:
  int& depth_;
};

}  // namespace lab::jinja
