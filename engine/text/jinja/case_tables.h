// Exceptions to the rule that upper case reverses lower case.
#pragma once

#include <cstddef>

namespace lab::jinja {

/// `c` becomes the characters of `mapped`, up to the first 0.
struct CaseException {
  char32_t c;
  char32_t mapped[3];
};

// Both are sorted by c.
extern const CaseException kUpperExceptions[];
extern const std::size_t kUpperExceptionsCount;
extern const CaseException kTitleExceptions[];
extern const std::size_t kTitleExceptionsCount;

}  // namespace lab::jinja
