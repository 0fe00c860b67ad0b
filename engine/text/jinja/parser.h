// The parser: a template's source to its syntax tree.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "text/jinja/ast.h"

namespace lab::jinja {

inline constexpr std::size_t kMaxSourceBytes = 1 << 20;
/// Expressions in brackets, tags in tags.
inline constexpr int kMaxNesting = 50;
/// Of an expression's tree: "a + b + c" is as deep as it is long.
inline constexpr int kMaxTreeDepth = 300;

/// Parses what normalize_newlines() made. kBadTemplate with the line for what is not Jinja and for
/// what LoRA Lab does not know (the message names it), kLimit for nesting that is too deep.
Result<Block> parse_template(std::string_view source);

}  // namespace lab::jinja
