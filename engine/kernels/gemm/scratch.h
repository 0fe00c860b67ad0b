// How gemm() divides its scratch memory.
#pragma once

#include <cstdint>

#include "kernels/gemm/k_blocks.h"

namespace lab::kernels {

/// Floats a thread adds to the packed block of A that all threads read.
inline constexpr std::int64_t kScratchA = 320 * 1024;
/// Columns of B that a thread packs at a time, at most.
inline constexpr std::int64_t kMostCols = 96;
/// Floats a thread has for these.
inline constexpr std::int64_t kScratchB = kMostCols * KBlocks::kMostLength;

}  // namespace lab::kernels
