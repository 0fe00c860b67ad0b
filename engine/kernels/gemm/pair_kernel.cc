#include "kernels/gemm/pair_kernel.h"

#include "kernels/bfloat16/bfloat16_target.h"

#if defined(__x86_64__)
namespace lab::kernels {
namespace {

template <int kRows, int kVectors>
LAB_BF16 void pair_kernel(std::int64_t words, const float* __restrict a, const float* __restrict b, std::int64_t b_stride,
                          const TileOutput& out) {
  // C comes from memory while the sums are formed; a tile row may start in the middle of a line.
  for (int i = 0; i < out.rows; ++i) {
    const float* c = out.c + i * out.row_stride;
    LAB_UNROLL
    for (int v = 0; v < kVectors; ++v) __builtin_prefetch(c + 16 * v, 1);
    __builtin_prefetch(c + 16 * kVectors - 1, 1);
  }
  __m512 sums[kRows][kVectors];
  LAB_UNROLL
  for (int i = 0; i < kRows; ++i) {
    LAB_UNROLL
    for (int v = 0; v < kVectors; ++v) sums[i][v] = _mm512_setzero_ps();
  }
  for (std::int64_t p = 0; p < words; ++p, a += kRows, b += b_stride) {
    __m512bh row[kVectors];
    LAB_UNROLL
    for (int v = 0; v < kVectors; ++v) row[v] = (__m512bh)_mm512_loadu_ps(b + 16 * v);
    LAB_UNROLL
    for (int i = 0; i < kRows; ++i) {
      const __m512bh x = (__m512bh)_mm512_set1_ps(a[i]);
      LAB_UNROLL
      for (int v = 0; v < kVectors; ++v) sums[i][v] = _mm512_dpbf16_ps(sums[i][v], x, row[v]);
    }
  }

  if (out.rows < kRows || out.cols < kVectors * 16 || out.col_stride != 1) {
    alignas(64) float partial[kRows * kVectors * 16];
    LAB_UNROLL
    for (int i = 0; i < kRows; ++i) {
      LAB_UNROLL
      for (int v = 0; v < kVectors; ++v) _mm512_store_ps(partial + (i * kVectors + v) * 16, sums[i][v]);
    }
    store_partial(partial, kVectors * 16, out);
    return;
  }
  LAB_UNROLL
  for (int v = 0; v < kVectors; ++v) {
    __m512 scale = _mm512_set1_ps(out.scale);
    if (out.column_scale) scale = _mm512_mul_ps(scale, _mm512_loadu_ps(out.column_scale + 16 * v));
    const __m512 bias = out.bias ? _mm512_loadu_ps(out.bias + 16 * v) : _mm512_setzero_ps();
    LAB_UNROLL
    for (int i = 0; i < kRows; ++i) {
      float* c = out.c + i * out.row_stride + 16 * v;
      const __m512 value = _mm512_fmadd_ps(sums[i][v], scale, bias);
      _mm512_storeu_ps(c, out.add ? _mm512_add_ps(_mm512_loadu_ps(c), value) : value);
    }
  }
}

}  // namespace

MicroKernel choose_pair_kernel(int rows, int vectors) {
  if (vectors == 1) return rows == 4 ? pair_kernel<4, 1> : rows == 8 ? pair_kernel<8, 1> : pair_kernel<12, 1>;
  return rows == 4 ? pair_kernel<4, 2> : rows == 8 ? pair_kernel<8, 2> : pair_kernel<12, 2>;
}

}  // namespace lab::kernels
#endif
