// Rows of floats -> columns next to each other: how a row-major matrix enters a packed panel.

#if defined(LAB_GEMM_TRANSPOSE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LAB_GEMM_TRANSPOSE_INL_H_
#undef LAB_GEMM_TRANSPOSE_INL_H_
#else
#define LAB_GEMM_TRANSPOSE_INL_H_
#endif

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "kernels/gemm/tile-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lab::kernels::HWY_NAMESPACE {

/// to[p * width + i] = scale * from[i][p] for i < rows, 0 for rows <= i < width; rows of `from` are
/// row_bytes apart and need no alignment.
inline void transpose_into(const std::byte* from, std::int64_t row_bytes, int rows,
                           std::int64_t k, float scale, float* HWY_RESTRICT to, int width) {
  const hn::CappedTag<float, 4> d4;
  int i = 0;
#if HWY_TARGET != HWY_SCALAR
  for (; i + 4 <= rows; i += 4) {
    const float* r[4];
    for (int q = 0; q < 4; ++q)
      r[q] = reinterpret_cast<const float*>(from + (i + q) * row_bytes);
    const auto factor = hn::Set(d4, scale);
    const hn::RepartitionToWide<decltype(d4)> d2;
    std::int64_t p = 0;
    for (; p + 4 <= k; p += 4) {
      const auto a = hn::Mul(hn::LoadU(d4, r[0] + p), factor);
      const auto b = hn::Mul(hn::LoadU(d4, r[1] + p), factor);
      const auto c = hn::Mul(hn::LoadU(d4, r[2] + p), factor);
      const auto e = hn::Mul(hn::LoadU(d4, r[3] + p), factor);
      const auto ab_low = hn::BitCast(d2, hn::InterleaveLower(d4, a, b));
      const auto ab_high = hn::BitCast(d2, hn::InterleaveUpper(d4, a, b));
      const auto ce_low = hn::BitCast(d2, hn::InterleaveLower(d4, c, e));
      const auto ce_high = hn::BitCast(d2, hn::InterleaveUpper(d4, c, e));
      float* out = to + p * width + i;
      hn::StoreU(hn::BitCast(d4, hn::InterleaveLower(d2, ab_low, ce_low)), d4, out);
      hn::StoreU(hn::BitCast(d4, hn::InterleaveUpper(d2, ab_low, ce_low)), d4, out + width);
      hn::StoreU(hn::BitCast(d4, hn::InterleaveLower(d2, ab_high, ce_high)), d4, out + 2 * width);
      hn::StoreU(hn::BitCast(d4, hn::InterleaveUpper(d2, ab_high, ce_high)), d4, out + 3 * width);
    }
    for (; p < k; ++p) {
      for (int q = 0; q < 4; ++q) {
        float value;
        std::memcpy(&value, r[q] + p, sizeof value);
        to[p * width + i + q] = value * scale;
      }
    }
  }
#endif
  for (; i < rows; ++i) {
    const std::byte* row = from + i * row_bytes;
    for (std::int64_t p = 0; p < k; ++p) {
      float value;
      std::memcpy(&value, row + p * sizeof value, sizeof value);
      to[p * width + i] = value * scale;
    }
  }
  for (; i < width; ++i)
    for (std::int64_t p = 0; p < k; ++p) to[p * width + i] = 0.0f;
}

/// to[p * width + j] = scale * from[p][j] for j < cols, 0 for cols <= j < width.
inline void copy_into(const std::byte* from, std::int64_t row_bytes, int cols, std::int64_t k,
                      float scale, float* HWY_RESTRICT to, int width) {
  if (scale == 1.0f && cols == width) {
    for (std::int64_t p = 0; p < k; ++p)
      std::memcpy(to + p * width, from + p * row_bytes, sizeof(float) * width);
    return;
  }
  for (std::int64_t p = 0; p < k; ++p) {
    float* out = to + p * width;
    std::memcpy(out, from + p * row_bytes, sizeof(float) * cols);
    for (int j = 0; j < cols; ++j) out[j] *= scale;
    std::fill(out + cols, out + width, 0.0f);
  }
}

}  // namespace lab::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
