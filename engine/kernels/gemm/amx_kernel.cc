#include "kernels/gemm/amx_kernel.h"

#include "kernels/bfloat16/amx_tiles.h"

#if defined(__x86_64__)
namespace lab::kernels {
namespace {

/// Rows of `width` sums, a multiple of 16 and whole lines, go where `out` says.
LAB_AMX void store_sums(const float* sums, int width, const TileOutput& out) {
  if (out.col_stride != 1) return store_partial(sums, width, out);
  for (int j = 0; j < out.cols; j += 16) {
    const auto there = static_cast<__mmask16>(out.cols - j >= 16 ? 0xFFFF : (1 << (out.cols - j)) - 1);
    __m512 scale = _mm512_set1_ps(out.scale);
    if (out.column_scale) scale = _mm512_mul_ps(scale, _mm512_maskz_loadu_ps(there, out.column_scale + j));
    const __m512 bias = out.bias ? _mm512_maskz_loadu_ps(there, out.bias + j) : _mm512_setzero_ps();
    for (int i = 0; i < out.rows; ++i) {
      float* c = out.c + i * out.row_stride + j;
      const __m512 value = _mm512_fmadd_ps(_mm512_load_ps(sums + i * width + j), scale, bias);
      _mm512_mask_storeu_ps(c, there, out.add ? _mm512_add_ps(_mm512_maskz_loadu_ps(there, c), value) : value);
    }
  }
}

/// kDown x kAcross tiles of C: 0 .. 3 are its sums, 4 and 5 the rows of A, 6 and 7 the columns of B.
template <int kDown, int kAcross>
LAB_AMX void amx_kernel(std::int64_t words, const float* __restrict a, const float* __restrict b, std::int64_t b_stride, const TileOutput& out) {
  constexpr int kWidth = kAcross * kAmxSide, kLine = kAmxSide * sizeof(float);
  for (int i = 0; i < out.rows; ++i)
    for (int j = 0; j < kAcross; ++j) __builtin_prefetch(out.c + i * out.row_stride + kAmxSide * j, 1);
  const auto b_line = static_cast<std::int64_t>(sizeof(float)) * b_stride;
  const float* lower = a + words * kAmxSide;
  _tile_zero(0);
  if constexpr (kAcross == 2) _tile_zero(1);
  if constexpr (kDown == 2) _tile_zero(2);
  if constexpr (kDown == 2 && kAcross == 2) _tile_zero(3);
  for (std::int64_t p = 0; p < words; p += kAmxSide, b += kAmxSide * b_stride) {
    _tile_loadd(4, a + p * kAmxSide, kLine);
    _tile_loadd(6, b, b_line);
    _tile_dpbf16ps(0, 4, 6);
    if constexpr (kAcross == 2) {
      _tile_loadd(7, b + kAmxSide, b_line);
      _tile_dpbf16ps(1, 4, 7);
    }
    if constexpr (kDown == 2) {
      _tile_loadd(5, lower + p * kAmxSide, kLine);
      _tile_dpbf16ps(2, 5, 6);
    }
    if constexpr (kDown == 2 && kAcross == 2) _tile_dpbf16ps(3, 5, 7);
  }

  alignas(64) float sums[kDown * kAmxSide * kWidth];
  constexpr int kRow = kWidth * sizeof(float);
  _tile_stored(0, sums, kRow);
  if constexpr (kAcross == 2) _tile_stored(1, sums + kAmxSide, kRow);
  if constexpr (kDown == 2) _tile_stored(2, sums + kAmxSide * kWidth, kRow);
  if constexpr (kDown == 2 && kAcross == 2) _tile_stored(3, sums + kAmxSide * kWidth + kAmxSide, kRow);
  store_sums(sums, kWidth, out);
}

}  // namespace

MicroKernel choose_amx_kernel(int rows, int vectors) {
  if (vectors == 1) return rows == kAmxSide ? amx_kernel<1, 1> : amx_kernel<2, 1>;
  return rows == kAmxSide ? amx_kernel<1, 2> : amx_kernel<2, 2>;
}

}  // namespace lab::kernels
#endif
