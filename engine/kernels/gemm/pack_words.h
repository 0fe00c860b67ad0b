// Packs rows of A as words of two bfloat16 summands (kernels/bfloat16/pairs.h).
#pragma once

#include <cstdint>

#include "kernels/gemm/k_blocks.h"

namespace lab::kernels {

/// Rows [first, first + rows) of A, at most `height` <= 16, with each term's scale multiplied in, become panel[word][row], words
/// `height` apart. Rows that do not exist hold another's numbers.
void pack_word_columns(const KBlock& block, std::int64_t first, int rows, int height, float* panel);

/// At most 16 rows of A become tiles of [16 rows][16 words], one after the other along k. Summands that do not exist are 0.
void pack_word_tiles(const KBlock& block, std::int64_t first, int rows, float* tiles);

}  // namespace lab::kernels
