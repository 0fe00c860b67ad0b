// How gemm() divides its scratch memory.
#pragma once

#include <cstdint>

namespace lab::kernels {

/// Floats a thread adds to the packed block of A that all threads read.
inline constexpr std::int64_t kScratchA = 320 * 1024;
/// Floats a thread has for its own panels of B.
inline constexpr std::int64_t kScratchB = 64 * 1024;

}  // namespace lab::kernels
