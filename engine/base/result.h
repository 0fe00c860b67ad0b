// Result<T>: a value or an Error, and the two macros that pass errors up.
#pragma once

#include <expected>
#include <utility>

#include "base/error.h"

namespace lab {

template <class T>
using Result = std::expected<T, Error>;
using Status = Result<void>;

/// Starts an error: `return fail(Code::kCorrupt, "the header is not JSON")`, or with a place:
/// `return fail(Error{Code::kCorrupt, "..."}.in(path).at(offset))`.
inline std::unexpected<Error> fail(Error&& error) { return std::unexpected<Error>(std::move(error)); }
inline std::unexpected<Error> fail(Code code, std::string message) {
  return std::unexpected<Error>(Error{code, std::move(message)});
}

}  // namespace lab

#define LAB_JOIN_(a, b) a##b
#define LAB_JOIN(a, b) LAB_JOIN_(a, b)

/// LAB_TRY(auto x, f()): x = the value of f(), or return its error.
#define LAB_TRY(declaration, expression)                                      \
  auto LAB_JOIN(lab_result_, __LINE__) = (expression);                        \
  if (!LAB_JOIN(lab_result_, __LINE__))                                       \
    return std::unexpected(std::move(LAB_JOIN(lab_result_, __LINE__)).error()); \
  declaration = *std::move(LAB_JOIN(lab_result_, __LINE__))

/// LAB_CHECK(f()): return f()'s error, if any.
#define LAB_CHECK(expression)                                                  \
  do {                                                                         \
    if (auto lab_status = (expression); !lab_status)                           \
      return std::unexpected(std::move(lab_status).error());                   \
  } while (false)
