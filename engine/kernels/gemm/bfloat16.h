// The parts of a product that AVX512-BF16 computes: packing floats to bfloat16 pairs, and sums over pairs.
//
// A word holds two summands next to each other as bfloat16, the first in its lower half.
#pragma once

#include <cstdint>

namespace lab::kernels {

/// Words that hold `summands`; what is missing of the last pair counts as 0.
inline std::int64_t pair_words(std::int64_t summands) { return (summands + 1) / 2; }

/// panel [k][width] of floats becomes, in its own first half, [pair_words(k)][width] words. Rounds to nearest even.
void to_bfloat16_pairs(float* panel, std::int64_t k, int width);

/// sums [rows][16 * vectors] of the products of a [words][rows] and b, `words` rows of 16 * vectors words, b_stride apart.
using PairSums = void (*)(std::int64_t words, const float* a, const float* b, std::int64_t b_stride, float* sums);
/// rows: 4, 8 or 12; vectors: 1 or 2. Products and their sums are float32, with subnormal numbers taken for 0.
PairSums choose_pair_sums(int rows, int vectors);

}  // namespace lab::kernels
