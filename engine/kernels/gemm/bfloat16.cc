#include "kernels/gemm/bfloat16.h"

#if defined(__x86_64__)
#include <immintrin.h>

// The rest of the file is for one instruction set that Highway's targets here do not include.
#define LAB_BF16 __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16")))
#if defined(__clang__)
#define LAB_UNROLL _Pragma("clang loop unroll(full)")
#else
#define LAB_UNROLL _Pragma("GCC unroll 64")
#endif

namespace lab::kernels {
namespace {

template <int kRows, int kVectors>
LAB_BF16 void pair_sums(std::int64_t words, const float* __restrict a, const float* __restrict b, std::int64_t b_stride,
                        float* __restrict sums) {
  __m512 sum[kRows][kVectors];
  LAB_UNROLL
  for (int i = 0; i < kRows; ++i) {
    LAB_UNROLL
    for (int v = 0; v < kVectors; ++v) sum[i][v] = _mm512_setzero_ps();
  }
  for (std::int64_t p = 0; p < words; ++p, a += kRows, b += b_stride) {
    __m512bh row[kVectors];
    LAB_UNROLL
    for (int v = 0; v < kVectors; ++v) row[v] = (__m512bh)_mm512_loadu_ps(b + 16 * v);
    LAB_UNROLL
    for (int i = 0; i < kRows; ++i) {
      const __m512bh x = (__m512bh)_mm512_set1_ps(a[i]);
      LAB_UNROLL
      for (int v = 0; v < kVectors; ++v) sum[i][v] = _mm512_dpbf16_ps(sum[i][v], x, row[v]);
    }
  }
  LAB_UNROLL
  for (int i = 0; i < kRows; ++i) {
    LAB_UNROLL
    for (int v = 0; v < kVectors; ++v) _mm512_store_ps(sums + (i * kVectors + v) * 16, sum[i][v]);
  }
}

/// Of 32 halves: 0, 16, 1, 17, ...: the lower sixteen and the upper sixteen in turns.
LAB_BF16 __m512i in_turns() {
  alignas(64) std::uint16_t places[32];
  for (std::uint16_t i = 0; i < 32; ++i) places[i] = static_cast<std::uint16_t>(i / 2 + i % 2 * 16);
  return _mm512_load_si512(places);
}

}  // namespace

LAB_BF16 void to_bfloat16_pairs(float* panel, std::int64_t k, int width) {
  const __m512i turns = in_turns();
  for (std::int64_t word = 0; word < pair_words(k); ++word) {
    const float* from = panel + 2 * word * width;
    const bool both = 2 * word + 1 < k;
    for (int j = 0; j < width; j += 16) {
      const auto there = static_cast<__mmask16>(width - j >= 16 ? 0xFFFF : (1 << (width - j)) - 1);
      const __m512 first = _mm512_maskz_loadu_ps(there, from + j);
      const __m512 second = both ? _mm512_maskz_loadu_ps(there, from + width + j) : _mm512_setzero_ps();
      const __m512i pairs = _mm512_permutexvar_epi16(turns, (__m512i)_mm512_cvtne2ps_pbh(second, first));
      _mm512_mask_storeu_epi32(panel + word * width + j, there, pairs);
    }
  }
}

PairSums choose_pair_sums(int rows, int vectors) {
  if (vectors == 1) return rows == 4 ? pair_sums<4, 1> : rows == 8 ? pair_sums<8, 1> : pair_sums<12, 1>;
  return rows == 4 ? pair_sums<4, 2> : rows == 8 ? pair_sums<8, 2> : pair_sums<12, 2>;
}

}  // namespace lab::kernels
#endif
