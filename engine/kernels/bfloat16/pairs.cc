#include "kernels/bfloat16/pairs.h"

#include "kernels/bfloat16/words.h"

#if defined(__x86_64__)
namespace lab::kernels {

LAB_BF16 void pair_rows(const float* from, std::int64_t count, int width, std::int64_t stride, float* to) {
  for (std::int64_t i = 0; i < count; i += 2, from += 2 * stride, to += stride) {
    const bool both = i + 1 < count;
    for (int j = 0; j < width; j += 16) {
      const auto there = static_cast<__mmask16>(width - j >= 16 ? 0xFFFF : (1 << (width - j)) - 1);
      const __m512 first = _mm512_maskz_loadu_ps(there, from + j);
      const __m512 second = both ? _mm512_maskz_loadu_ps(there, from + stride + j) : _mm512_setzero_ps();
      _mm512_mask_storeu_epi32(to + j, there, in_turns((__m512i)_mm512_cvtne2ps_pbh(second, first)));
    }
  }
}

LAB_BF16 void pair_columns(const float* from, std::int64_t rows, int width, std::int64_t stride, float* to) {
  for (std::int64_t i = 0; i < rows; ++i, from += stride, to += stride) {
    int j = 0;
    for (; j + 32 <= width; j += 32)
      _mm512_storeu_si512(to + j / 2, (__m512i)_mm512_cvtne2ps_pbh(_mm512_loadu_ps(from + j + 16), _mm512_loadu_ps(from + j)));
    if (j < width) _mm256_storeu_si256(reinterpret_cast<__m256i*>(to + j / 2), (__m256i)_mm512_cvtneps_pbh(_mm512_loadu_ps(from + j)));
  }
}

}  // namespace lab::kernels
#endif
