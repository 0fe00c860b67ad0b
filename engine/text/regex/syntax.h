// The syntax tree of a regular expression, and its parser.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "text/regex/char_class.h"

namespace lab::regex {

enum class Kind : std::uint8_t {
  kEmpty,
  kChar,      ///< `c`, or what folds to it if `ignore_case`
  kClass,     ///< one character of `set`
  kConcat,    ///< `children` one after the other
  kAlternate, ///< the first of `children` that leads to a match
  kRepeat,    ///< children[0], `least` to `most` times
  kAtomic,    ///< children[0], whose choices are final
  kLook,      ///< children[0] matches here (or, `negated`, does not); takes nothing
  kLineStart, kLineEnd, kTextStart, kTextEnd, kTextEndOrNewline, kWordBoundary,
};

inline constexpr std::uint32_t kUnbounded = 0xFFFFFFFF;

struct Node {
  Kind kind = Kind::kEmpty;
  bool ignore_case = false, negated = false, lazy = false;
  char32_t c = 0;
  std::uint32_t least = 0, most = 0;
  CharClass set;
  std::vector<std::unique_ptr<Node>> children;
};
using NodePtr = std::unique_ptr<Node>;

/// Parses Oniguruma's (Ruby's) syntax as far as tokenizers use it. kUnsupported for anything else,
/// with the offset in the pattern and what stands there.
Result<NodePtr> parse(std::string_view pattern);

}  // namespace lab::regex
