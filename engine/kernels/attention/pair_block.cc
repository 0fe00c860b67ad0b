#include "kernels/attention/tile_product.h"
#include "kernels/bfloat16/bfloat16_target.h"

#if defined(__x86_64__)
namespace lab::kernels {
namespace {

template <Left kLeft, int kRows, int kVectors>
LAB_BF16 void pair_block(const TileProduct& p, const float* __restrict a, const float* __restrict b, float* __restrict c) {
  __m512 sums[kRows][kVectors];
  LAB_UNROLL
  for (int i = 0; i < kRows; ++i) {
    LAB_UNROLL
    for (int v = 0; v < kVectors; ++v)
      sums[i][v] = p.accumulate ? _mm512_load_ps(c + i * p.c_stride + v * 16) : _mm512_setzero_ps();
  }
  const std::int64_t a_stride = p.a_stride, b_stride = p.b_stride;
  for (int k = 0; k < p.depth; ++k, b += b_stride, a += kLeft == Left::kRows ? 1 : a_stride) {
    __m512bh row[kVectors];
    LAB_UNROLL
    for (int v = 0; v < kVectors; ++v) row[v] = (__m512bh)_mm512_load_ps(b + v * 16);
    LAB_UNROLL
    for (int i = 0; i < kRows; ++i) {
      const auto x = (__m512bh)_mm512_set1_ps(kLeft == Left::kRows ? a[i * a_stride] : a[i]);
      LAB_UNROLL
      for (int v = 0; v < kVectors; ++v) sums[i][v] = _mm512_dpbf16_ps(sums[i][v], x, row[v]);
    }
  }
  LAB_UNROLL
  for (int i = 0; i < kRows; ++i) {
    LAB_UNROLL
    for (int v = 0; v < kVectors; ++v) _mm512_store_ps(c + i * p.c_stride + v * 16, sums[i][v]);
  }
}

template <Left kLeft>
TileBlock choose(int rows, int vectors) {
  if (vectors == 3) return rows == 4 ? pair_block<kLeft, 4, 3> : pair_block<kLeft, 8, 3>;
  if (vectors == 2) return rows == 4 ? pair_block<kLeft, 4, 2> : rows == 8 ? pair_block<kLeft, 8, 2> : pair_block<kLeft, 12, 2>;
  return rows == 4 ? pair_block<kLeft, 4, 1> : rows == 8 ? pair_block<kLeft, 8, 1> : pair_block<kLeft, 12, 1>;
}

}  // namespace

TileBlock choose_pair_block(Left left, int rows, int vectors) {
  return left == Left::kRows ? choose<Left::kRows>(rows, vectors) : choose<Left::kColumns>(rows, vectors);
}

}  // namespace lab::kernels
#endif
