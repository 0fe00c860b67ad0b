// The lexer: a template's source as a list of tokens, white space control already applied.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "text/jinja/value.h"

namespace lab::jinja {

enum class TokenKind : std::uint8_t {
  kData,           ///< text outside of tags
  kVariableBegin,  ///< {{
  kVariableEnd,
  kBlockBegin,  ///< {%
  kBlockEnd,
  kName,
  kString,  ///< `value` holds the unescaped text
  kNumber,  ///< `value` holds an int or a float
  kOperator,
  kEnd,
};

struct Token {
  TokenKind kind;
  int line;
  std::string_view text{};  ///< the name, the operator or the data, within the normalized source
  Value value{};
};

/// Line ends become "\n", and the last one of the source goes, as jinja2 has it.
std::string normalize_newlines(std::string_view source);

/// Tokens of a normalized source, which must outlive them; kEnd is the last. As transformers sets
/// it: a block tag takes the line break behind it (trim_blocks) and the blanks before it on its
/// line (lstrip_blocks) with it; "-" takes all white space, "+" takes none. kBadTemplate with the
/// line.
Result<std::vector<Token>> tokenize(std::string_view source);

}  // namespace lab::jinja
