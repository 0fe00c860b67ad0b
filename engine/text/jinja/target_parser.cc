#include "text/jinja/target_parser.h"

namespace lab::jinja {

namespace {

Result<Target> single_target(ExpressionParser& expressions, TokenStream& tokens, bool namespaces) {
  if (tokens.skip_operator("(")) {
    LAB_TRY(Target inner, parse_target(expressions, tokens, namespaces, {}));
    LAB_CHECK(tokens.expect_operator(")"));
    return inner;
  }
  LAB_TRY(std::string_view name, assignable_name(tokens));
  Target out;
  out.name = name;
  if (namespaces && tokens.skip_operator(".")) {
    LAB_TRY(std::string_view attribute, tokens.expect_name("the name of an attribute"));
    out.kind = Target::Kind::kAttribute;
    out.attribute = attribute;
    expressions.names_read.push_back(name);
  }
  return out;
}

}  // namespace

Result<Target> parse_target(ExpressionParser& expressions, TokenStream& tokens, bool namespaces,
                            std::string_view until) {
  NestingGuard guard(expressions.nesting);
  LAB_CHECK(expressions.check_nesting());
  Target out;
  out.kind = Target::Kind::kTuple;
  bool comma = false;
  while (!tokens.is_operator("=") && !tokens.is_operator(")") && !tokens.is(TokenKind::kBlockEnd) &&
         (until.empty() || !tokens.is_name(until))) {
    LAB_TRY(Target one, single_target(expressions, tokens, namespaces));
    out.targets.push_back(std::move(one));
    if (!tokens.skip_operator(",")) break;
    comma = true;
  }
  if (out.targets.empty()) return tokens.unexpected("a name to assign to");
  if (!comma) {
    Target only = std::move(out.targets[0]);
    return only;
  }
  return out;
}

Result<std::string_view> assignable_name(TokenStream& tokens) {
  LAB_TRY(std::string_view name, tokens.expect_name("a name to assign to"));
  for (std::string_view constant : {"true", "True", "false", "False", "none", "None"}) {
    if (name == constant) return tokens.failed(cat("cannot assign to '", name, "'"));
  }
  return name;
}

Status check_not_loop(const TokenStream& tokens, const Target& target) {
  if (target.kind == Target::Kind::kName && target.name == "loop") {
    return tokens.failed("cannot assign to the special variable 'loop' in a for");
  }
  for (const Target& inner : target.targets) LAB_CHECK(check_not_loop(tokens, inner));
  return {};
}

}  // namespace lab::jinja
