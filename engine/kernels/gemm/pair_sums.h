// The innermost loop of a product of bfloat16 pairs.
#pragma once

#include <cstdint>

namespace lab::kernels {

/// sums [rows][16 * vectors] of the products of a [words][rows] and b, `words` rows of 16 * vectors words, b_stride apart.
using PairSums = void (*)(std::int64_t words, const float* a, const float* b, std::int64_t b_stride, float* sums);
/// rows: 4, 8 or 12; vectors: 1 or 2. Products and their sums are float32, with subnormal numbers taken for 0.
PairSums choose_pair_sums(int rows, int vectors);

}  // namespace lab::kernels
