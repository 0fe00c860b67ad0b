#include "text/jinja/parser.h"

#include <algorithm>
#include <initializer_list>

#include "text/jinja/expression_parser.h"
#include "text/jinja/target_parser.h"

namespace lab::jinja {

namespace {

using Names = std::initializer_list<std::string_view>;

std::string listed(Names names) {
  std::string out;
  for (std::string_view name : names) out += cat(out.empty() ? "" : " or ", "'", name, "'");
  return out;
}

class Parser {
 public:
  explicit Parser(std::vector<Token> tokens) : tokens_(std::move(tokens)), expressions_(tokens_) {}

  // Statements up to a tag with one of these names, which becomes the current token; up to the end
  // of the template if there are no names.
  Result<Block> block(Names until, std::string_view opened, int opened_line) {
    NestingGuard guard(expressions_.nesting);
    LAB_CHECK(expressions_.check_nesting());
    Block out;
    while (!tokens_.is(TokenKind::kEnd)) {
      const Token& token = tokens_.take();
      if (token.kind == TokenKind::kData) {
        out.push_back({.kind = StatementKind::kText, .line = token.line, .text = Text(token.text)});
      } else if (token.kind == TokenKind::kVariableBegin) {
        Statement output{.kind = StatementKind::kOutput, .line = token.line};
        LAB_TRY(ExpressionPtr value, expressions_.tuple());
        output.expressions.push_back(std::move(value));
        LAB_CHECK(tokens_.expect(TokenKind::kVariableEnd, "'}}'"));
        out.push_back(std::move(output));
      } else {
        if (std::ranges::any_of(until,
                                [&](std::string_view name) { return tokens_.is_name(name); }))
          return out;
        LAB_CHECK(statement(out));
        LAB_CHECK(tokens_.expect(TokenKind::kBlockEnd, "'%}'"));
      }
    }
    if (until.size() > 0) {
      return tokens_.failed(
          cat("'", opened, "' of line ", opened_line, " is not closed: expected ", listed(until)));
    }
    return out;
  }

 private:
  using Method = Status (Parser::*)(Statement&);
  struct Keyword {
    std::string_view name;
    StatementKind kind;
    Method parse;
  };

  Status statement(Block& out) {
    static constexpr Keyword kKeywords[] = {
        {"if", StatementKind::kIf, &Parser::parse_if},
        {"for", StatementKind::kFor, &Parser::parse_for},
        {"set", StatementKind::kSet, &Parser::parse_set},
        {"macro", StatementKind::kMacro, &Parser::parse_macro},
        {"call", StatementKind::kCall, &Parser::parse_call},
        {"filter", StatementKind::kFilter, &Parser::parse_filter},
        {"with", StatementKind::kWith, &Parser::parse_with},
        {"print", StatementKind::kOutput, &Parser::parse_print},
        {"generation", StatementKind::kGeneration, &Parser::parse_generation},
        {"break", StatementKind::kBreak, &Parser::parse_loop_control},
        {"continue", StatementKind::kContinue, &Parser::parse_loop_control},
    };
    int line = tokens_.current().line;
    LAB_TRY(std::string_view name, tokens_.expect_name("the name of a tag"));
    for (const Keyword& keyword : kKeywords) {
      if (keyword.name != name) continue;
      Statement parsed{.kind = keyword.kind, .line = line};
      LAB_CHECK((this->*keyword.parse)(parsed));
      out.push_back(std::move(parsed));
      return {};
    }
    return tokens_.failed(cat("unknown or unsupported tag '", name, "'"), line);
  }

  // The rest of a tag, then a body up to one of the tags `until`.
  Status body(Statement& out, Names until, std::string_view opened) {
    LAB_TRY(Block parsed, only_block(until, opened, out.line));
    out.blocks.push_back(std::move(parsed));
    return {};
  }
  Result<Block> only_block(Names until, std::string_view opened, int line) {
    tokens_.skip_operator(":");
    LAB_CHECK(tokens_.expect(TokenKind::kBlockEnd, "'%}'"));
    return block(until, opened, line);
  }

  Status parse_if(Statement& out) {
    while (true) {
      LAB_TRY(ExpressionPtr condition, expressions_.tuple(false));
      out.expressions.push_back(std::move(condition));
      LAB_CHECK(body(out, {"elif", "else", "endif"}, "if"));
      std::string_view name = tokens_.take().text;
      if (name == "elif") continue;
      if (name == "endif") return {};
      LAB_CHECK(body(out, {"endif"}, "if"));
      tokens_.take();
      return {};
    }
  }

  Status parse_for(Statement& out) {
    LAB_TRY(out.target, parse_target(expressions_, tokens_, false, "in"));
    LAB_CHECK(check_not_loop(tokens_, out.target));
    if (!tokens_.skip_name("in")) return tokens_.unexpected("'in'");
    LAB_TRY(ExpressionPtr items, expressions_.tuple(false, "recursive"));
    out.expressions.push_back(std::move(items));
    out.expressions.push_back(nullptr);
    if (tokens_.skip_name("if")) {
      LAB_TRY(out.expressions[1], expressions_.expression());
    }
    out.recursive = tokens_.skip_name("recursive");
    ++loops_;
    LAB_CHECK(body(out, {"endfor", "else"}, "for"));
    --loops_;
    if (tokens_.take().text == "endfor") return {};
    LAB_CHECK(body(out, {"endfor"}, "for"));
    tokens_.take();
    return {};
  }

  Status parse_set(Statement& out) {
    LAB_TRY(out.target, parse_target(expressions_, tokens_, true, {}));
    if (loops_ > 0) LAB_CHECK(check_not_loop(tokens_, out.target));
    if (tokens_.skip_operator("=")) {
      LAB_TRY(ExpressionPtr value, expressions_.tuple());
      out.expressions.push_back(std::move(value));
      return {};
    }
    out.kind = StatementKind::kSetBlock;
    out.expressions.push_back(nullptr);
    if (tokens_.skip_operator("|")) {
      LAB_TRY(out.expressions[0], expressions_.filter_chain());
    }
    LAB_CHECK(body(out, {"endset"}, "set"));
    tokens_.take();
    return {};
  }

  Status parse_macro(Statement& out) {
    LAB_TRY(std::string_view name, tokens_.expect_name("the name of the macro"));
    out.macro = std::make_unique<MacroBody>();
    out.macro->name = name;
    LAB_CHECK(signature(*out.macro));
    return macro_body(*out.macro, "endmacro", "macro", out.line);
  }

  Status parse_call(Statement& out) {
    out.macro = std::make_unique<MacroBody>();
    out.macro->name = "caller";
    if (tokens_.is_operator("(")) LAB_CHECK(signature(*out.macro));
    LAB_TRY(ExpressionPtr call, expressions_.expression());
    if (call->kind != ExpressionKind::kCall) return tokens_.failed("expected a call", out.line);
    out.expressions.push_back(std::move(call));
    return macro_body(*out.macro, "endcall", "call", out.line);
  }

  Status signature(MacroBody& macro) {
    LAB_CHECK(tokens_.expect_operator("("));
    while (!tokens_.is_operator(")")) {
      if (!macro.parameters.empty()) LAB_CHECK(tokens_.expect_operator(","));
      LAB_TRY(std::string_view name, assignable_name(tokens_));
      MacroParameter parameter{std::string(name), nullptr};
      if (tokens_.skip_operator("=")) {
        LAB_TRY(parameter.fallback, expressions_.expression());
      } else if (!macro.parameters.empty() && macro.parameters.back().fallback) {
        return tokens_.failed("a parameter without a default follows one with a default");
      }
      macro.parameters.push_back(std::move(parameter));
    }
    tokens_.take();
    return {};
  }

  Status macro_body(MacroBody& macro, std::string_view end, std::string_view opened, int line) {
    std::vector<std::string_view> outer_names;
    std::swap(outer_names, expressions_.names_read);
    int outer_loops = std::exchange(loops_, 0);
    LAB_TRY(macro.block, only_block({end}, opened, line));
    tokens_.take();
    loops_ = outer_loops;
    auto& names = expressions_.names_read;
    auto uses = [&](std::string_view name) {
      bool parameter = std::ranges::any_of(macro.parameters,
                                           [&](const auto& known) { return known.name == name; });
      return !parameter && std::ranges::find(names, name) != names.end();
    };
    macro.uses_caller = uses("caller");
    macro.uses_varargs = uses("varargs");
    macro.uses_kwargs = uses("kwargs");
    names.insert(names.end(), outer_names.begin(), outer_names.end());
    return {};
  }

  Status parse_filter(Statement& out) {
    LAB_TRY(ExpressionPtr filter, expressions_.filter_chain());
    out.expressions.push_back(std::move(filter));
    LAB_CHECK(body(out, {"endfilter"}, "filter"));
    tokens_.take();
    return {};
  }

  Status parse_with(Statement& out) {
    out.target.kind = Target::Kind::kTuple;
    while (!tokens_.is(TokenKind::kBlockEnd)) {
      if (!out.expressions.empty()) LAB_CHECK(tokens_.expect_operator(","));
      LAB_TRY(Target name, parse_target(expressions_, tokens_, false, {}));
      LAB_CHECK(tokens_.expect_operator("="));
      LAB_TRY(ExpressionPtr value, expressions_.expression());
      out.target.targets.push_back(std::move(name));
      out.expressions.push_back(std::move(value));
    }
    LAB_CHECK(body(out, {"endwith"}, "with"));
    tokens_.take();
    return {};
  }

  Status parse_print(Statement& out) {
    while (!tokens_.is(TokenKind::kBlockEnd)) {
      if (!out.expressions.empty()) LAB_CHECK(tokens_.expect_operator(","));
      LAB_TRY(ExpressionPtr value, expressions_.expression());
      out.expressions.push_back(std::move(value));
    }
    return {};
  }

  Status parse_generation(Statement& out) {
    int outer_loops = std::exchange(loops_, 0);
    LAB_CHECK(body(out, {"endgeneration"}, "generation"));
    tokens_.take();
    loops_ = outer_loops;
    return {};
  }

  Status parse_loop_control(Statement& out) {
    if (loops_ == 0) return tokens_.failed("'break' or 'continue' outside of a loop", out.line);
    return {};
  }

  TokenStream tokens_;
  ExpressionParser expressions_;
  int loops_ = 0;  ///< how many for bodies are open in this macro
};

}  // namespace

Result<Block> parse_template(std::string_view source) {
  if (source.size() > kMaxSourceBytes) {
    return fail(Code::kLimit, cat("the template is larger than ", kMaxSourceBytes, " bytes"));
  }
  LAB_TRY(std::vector<Token> tokens, tokenize(source));
  return Parser(std::move(tokens)).block({}, {}, 0);
}

}  // namespace lab::jinja
