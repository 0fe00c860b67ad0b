// Floats as bfloat16 pairs, the operands of AVX512-BF16: a word holds two summands, the first in its lower half.
#pragma once

#include <cstdint>

namespace lab::kernels {

/// Words that hold `summands`; what is missing of the last pair counts as 0.
template <class Int>
Int pair_words(Int summands) {
  return (summands + 1) / 2;
}

/// Summands that follow each other in a column: rows 2 i and 2 i + 1 of `from` [count][width] become row i of `to`. Rows are
/// `stride` floats apart in both; `to` may be `from`. Rounds to nearest even.
void pair_rows(const float* from, std::int64_t count, int width, std::int64_t stride, float* to);
/// Summands that follow each other in a row: the first `width` floats, a multiple of 16, of each of `rows` rows become
/// the first width / 2 words of that row of `to`. Rows are `stride` floats apart in both; `to` may be `from`.
void pair_columns(const float* from, std::int64_t rows, int width, std::int64_t stride, float* to);

}  // namespace lab::kernels
