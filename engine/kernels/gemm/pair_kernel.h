// The innermost loop of a product of bfloat16 pairs (kernels/bfloat16/pairs.h), for AVX512-BF16.
#pragma once

#include "kernels/gemm/tile_output.h"

namespace lab::kernels {

/// For panels of 4, 8 or 12 rows and 1 or 2 vectors of words. Products and their sums are float32, with subnormal numbers taken
/// for 0.
MicroKernel choose_pair_kernel(int rows, int vectors);

}  // namespace lab::kernels
