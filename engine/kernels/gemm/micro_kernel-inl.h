// The innermost loop: one register tile of C from a packed panel of A and one of B.

#if defined(LAB_GEMM_MICRO_KERNEL_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LAB_GEMM_MICRO_KERNEL_INL_H_
#undef LAB_GEMM_MICRO_KERNEL_INL_H_
#else
#define LAB_GEMM_MICRO_KERNEL_INL_H_
#endif

#include <cstddef>
#include <cstdint>

#include "kernels/gemm/tile-inl.h"
#include "kernels/gemm/tile_output.h"

HWY_BEFORE_NAMESPACE();
namespace lab::kernels::HWY_NAMESPACE {

/// a: [k][kRows], packed. b: k rows of kVectors * kLanes floats, b_stride floats apart.
template <int kRows, int kVectors>
HWY_NOINLINE void micro_kernel(std::int64_t k, const float* HWY_RESTRICT a,
                               const float* HWY_RESTRICT b, std::int64_t b_stride,
                               const TileOutput& out) {
  constexpr FloatTag d;
  // C comes from memory while the sums are formed; a tile row may start in the middle of a line.
  for (int i = 0; i < out.rows; ++i) {
    const float* c = out.c + i * out.row_stride;
    LAB_UNROLL
    for (int j = 0; j < kVectors * kLanes; j += 16) __builtin_prefetch(c + j, 1);
    __builtin_prefetch(c + kVectors * kLanes - 1, 1);
  }
  FloatVec sums[kRows][kVectors];
  LAB_UNROLL
  for (int i = 0; i < kRows; ++i) {
    LAB_UNROLL
    for (int v = 0; v < kVectors; ++v) sums[i][v] = hn::Zero(d);
  }
  // Places are unsigned, so that WebAssembly's loads can add them by themselves.
  for (std::int64_t p = 0; p < k; ++p, a += kRows, b += b_stride) {
    FloatVec row[kVectors];
    LAB_UNROLL
    for (std::size_t v = 0; v < kVectors; ++v) row[v] = hn::LoadU(d, b + v * kLanes);
    LAB_UNROLL
    for (std::size_t i = 0; i < kRows; ++i) {
      const FloatVec x = hn::Set(d, a[i]);
      LAB_UNROLL
      for (int v = 0; v < kVectors; ++v) sums[i][v] = hn::MulAdd(x, row[v], sums[i][v]);
    }
  }

  if (out.rows < kRows || out.cols < kVectors * kLanes || out.col_stride != 1) {
    HWY_ALIGN float partial[kRows * kVectors * kLanes];
    LAB_UNROLL
    for (int i = 0; i < kRows; ++i) {
      LAB_UNROLL
      for (int v = 0; v < kVectors; ++v)
        hn::Store(sums[i][v], d, partial + (i * kVectors + v) * kLanes);
    }
    store_partial(partial, kVectors * kLanes, out);
    return;
  }
  LAB_UNROLL
  for (int v = 0; v < kVectors; ++v) {
    FloatVec scale = hn::Set(d, out.scale);
    if (out.column_scale) scale = hn::Mul(scale, hn::LoadU(d, out.column_scale + v * kLanes));
    const FloatVec bias = out.bias ? hn::LoadU(d, out.bias + v * kLanes) : hn::Zero(d);
    LAB_UNROLL
    for (int i = 0; i < kRows; ++i) {
      float* c = out.c + i * out.row_stride + v * kLanes;
      const FloatVec value = hn::MulAdd(sums[i][v], scale, bias);
      hn::StoreU(out.add ? hn::Add(hn::LoadU(d, c), value) : value, d, c);
    }
  }
}

/// The kernel for a panel of `rows` (a multiple of kMrStep up to kMr) and `vectors` (1 or kNv).
inline MicroKernel choose_micro_kernel(int rows, int vectors) {
  if (vectors == 1) {
    if (rows == kMrStep) return micro_kernel<kMrStep, 1>;
    return rows == kMrSecond ? micro_kernel<kMrSecond, 1> : micro_kernel<kMr, 1>;
  }
  if (rows == kMrStep) return micro_kernel<kMrStep, kNv>;
  return rows == kMrSecond ? micro_kernel<kMrSecond, kNv> : micro_kernel<kMr, kNv>;
}

}  // namespace lab::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
