// Packs columns of a B that is stored as bfloat16 as words of two summands (kernels/bfloat16/pairs.h): nothing is decoded.
#pragma once

#include "kernels/gemm/k_blocks.h"

namespace lab::kernels {

/// Columns [first, first + cols) of a segment, at most `width`, 16 or 32, become panel[word][column], words `width` apart. Columns that do
/// not exist hold anything; the second summand of a last word without one is 0.
void pack_stored_words(const KSegment& segment, std::int64_t first, int cols, int width, float* panel);

}  // namespace lab::kernels
