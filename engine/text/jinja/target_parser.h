// Parses what {% set %}, {% for %} and {% with %} assign to.
#pragma once

#include <string_view>

#include "text/jinja/expression_parser.h"

namespace lab::jinja {

/// One target, or several with commas between them. `namespaces` allows "ns.attribute"; `until` is
/// a name that ends the list.
Result<Target> parse_target(ExpressionParser& expressions, TokenStream& tokens, bool namespaces,
                            std::string_view until);

/// A name that is not a constant.
Result<std::string_view> assignable_name(TokenStream& tokens);

/// Nothing may replace the variable "loop" where it means something.
Status check_not_loop(const TokenStream& tokens, const Target& target);

}  // namespace lab::jinja
