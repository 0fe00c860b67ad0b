#include "kernels/gemm/pair_sums.h"

#include "kernels/bfloat16/bfloat16_target.h"

#if defined(__x86_64__)
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

}  // namespace

PairSums choose_pair_sums(int rows, int vectors) {
  if (vectors == 1) return rows == 4 ? pair_sums<4, 1> : rows == 8 ? pair_sums<8, 1> : pair_sums<12, 1>;
  return rows == 4 ? pair_sums<4, 2> : rows == 8 ? pair_sums<8, 2> : pair_sums<12, 2>;
}

}  // namespace lab::kernels
#endif
