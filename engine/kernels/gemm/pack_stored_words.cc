#include "kernels/gemm/pack_stored_words.h"

#include <algorithm>

#include "kernels/bfloat16/pairs.h"
#include "kernels/bfloat16/words.h"

#if defined(__x86_64__)
namespace lab::kernels {
namespace {

/// Halves [0, count) of 32.
__mmask32 first_halves(std::int64_t count) { return count >= 32 ? ~__mmask32{0} : (__mmask32{1} << count) - 1; }

/// Sixteen columns whose summands follow each other in memory.
LAB_BF16 void pack_nk(const MatrixView& b, std::int64_t first, int cols, std::int64_t begin, std::int64_t end, int width, float* panel) {
  const std::byte* column[16];
  for (int i = 0; i < 16; ++i) column[i] = b.data + (first + std::min(i, cols - 1)) * b.row_bytes + 2 * begin;
  for (std::int64_t p = begin; p < end; p += 32) {
    __m512i line[16];
    const __mmask32 there = first_halves(end - p);
    LAB_UNROLL
    for (int i = 0; i < 16; ++i) line[i] = _mm512_maskz_loadu_epi16(there, column[i] + 2 * (p - begin));
    transpose_words(line);
    const int words = static_cast<int>(std::min<std::int64_t>(16, pair_words(end - p)));
    LAB_UNROLL
    for (int i = 0; i < 16; ++i)
      if (i < words) _mm512_storeu_si512(panel + i * width, line[i]);
    panel += 16 * width;
  }
}

/// Sixteen columns that lie side by side: a word's summands are in two rows.
LAB_BF16 void pack_kn(const MatrixView& b, std::int64_t first, int cols, std::int64_t begin, std::int64_t end, int width, float* panel) {
  const __mmask16 there = first_lanes(cols);
  for (std::int64_t p = begin; p < end; p += 2, panel += width) {
    const std::byte* row = b.data + p * b.row_bytes + 2 * first;
    const __m256i even = _mm256_maskz_loadu_epi16(there, row);
    const __m256i odd = p + 1 < end ? _mm256_maskz_loadu_epi16(there, row + b.row_bytes) : _mm256_setzero_si256();
    _mm512_storeu_si512(panel, in_turns(_mm512_inserti64x4(_mm512_castsi256_si512(even), odd, 1)));
  }
}

}  // namespace

void pack_stored_words(const KSegment& segment, std::int64_t first, int cols, int width, float* panel) {
  const auto& [term, begin, end] = segment;
  for (int j = 0; j < std::min(cols, width); j += 16)
    (term->b_is_nk ? pack_nk : pack_kn)(term->b, first + j, std::min(16, cols - j), begin, end, width, panel + j);
}

}  // namespace lab::kernels
#endif
