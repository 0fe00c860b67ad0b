// or_out_of_memory(): the one place where an allocation that failed becomes an Error.
#pragma once

#include <new>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "base/cat.h"
#include "base/result.h"

namespace lab {

/// work()'s result, or kOutOfMemory "out of memory while <doing>" if an allocation in it fails. What
/// work() had begun is undone by its destructors, so it must change nothing that outlives it before
/// its last allocation.
template <class Work>
auto or_out_of_memory(std::string_view doing, Work&& work) -> decltype(work()) {
#if defined(__cpp_exceptions)
  try {
    return std::forward<Work>(work)();
  } catch (const std::bad_alloc&) {
  } catch (const std::length_error&) {  // a container larger than any can be
  }
  try {
    return fail(Error{Code::kOutOfMemory, cat("out of memory while ", doing)}.fix("Close other programs, or take a smaller model or context."));
  } catch (const std::bad_alloc&) {
    return fail(Error{Code::kOutOfMemory, "out of memory"});  // short enough to need no memory
  }
#else  // such a platform's operator new ends the program
  (void)doing;
  return std::forward<Work>(work)();
#endif
}

}  // namespace lab
