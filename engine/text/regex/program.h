// A compiled regular expression: instructions for the backtracking matcher.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "text/regex/syntax.h"

namespace lab::regex {

enum class Op : std::uint8_t {
  kChar,    ///< one character `c`
  kFold,    ///< one character that folds to `c`
  kSet,     ///< one character of sets[index]
  kLoop,    ///< `least` to `most` characters of sets[index], as many as possible
  kSplit,   ///< go on at `x`; if that fails, at `y`
  kBranch,  ///< as kSplit, but skip `x` where firsts[index] says that it cannot start here
  kJump,    ///< go on at `x`
  kLook,    ///< the part at pc + 1 up to its kMatch must (negated: must not) match; go on at `x`
  kAtomic,  ///< match the part at pc + 1 up to its kMatch once and for all; go on at `x`
  kLineStart, kLineEnd, kTextStart, kTextEnd, kTextEndOrNewline, kWordBoundary,
  kMatch,
};

struct Instruction {
  Op op;
  bool negated = false;
  char32_t c = 0;
  std::uint32_t index = 0, x = 0, y = 0, least = 0, most = 0;
};

/// What a match can start with; to pass over places and branches without trying them.
struct First {
  std::array<bool, 128> ascii{};
  bool other = false;     ///< any character beyond ASCII
  bool nothing = false;   ///< may match without taking a character
  bool allows(const char* at, const char* end) const {
    if (nothing) return true;
    if (at == end) return false;
    auto byte = static_cast<unsigned char>(*at);
    return byte < 128 ? ascii[byte] : other;
  }
};

struct Program {
  std::vector<Instruction> code;
  std::vector<CharClass> sets;
  std::vector<First> firsts;
  First first;  ///< of the whole
};

/// kUnsupported for an endless repetition of something that may match nothing; kLimit for a pattern
/// whose counts make it larger than 20000 instructions.
Result<Program> compile(const Node& root);

}  // namespace lab::regex
