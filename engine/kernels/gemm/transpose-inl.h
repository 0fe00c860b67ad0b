// Rows of floats -> columns next to each other: how a row-major matrix enters a packed panel.

#if defined(LAB_GEMM_TRANSPOSE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LAB_GEMM_TRANSPOSE_INL_H_
#undef LAB_GEMM_TRANSPOSE_INL_H_
#else
#define LAB_GEMM_TRANSPOSE_INL_H_
#endif

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "kernels/gemm/tile-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lab::kernels::HWY_NAMESPACE {

inline float load_float(const std::byte* from) {
  float value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

#if HWY_TARGET != HWY_SCALAR
using Quad = hn::CappedTag<float, 4>;

/// Block b of the result is the four floats at from[b * 4] + offset.
inline FloatVec gather_quads(const std::byte* const* from, std::int64_t offset) {
  const auto quad = [&](int b) HWY_ATTR {
    return hn::LoadU(Quad(), reinterpret_cast<const float*>(from[b * 4] + offset));
  };
#if HWY_TARGET == HWY_AVX3
  const hn::Half<FloatTag> half;
  return hn::Combine(kFloats, hn::Combine(half, quad(3), quad(2)),
                     hn::Combine(half, quad(1), quad(0)));
#elif HWY_TARGET == HWY_AVX2
  return hn::Combine(kFloats, quad(1), quad(0));
#else
  return quad(0);
#endif
}

/// Four columns, at byte offset `offset`, of kLanes rows: calls store(q, column) for q = 0 .. 3.
/// The values are only moved, so they may be any four bytes.
template <class Store>
HWY_INLINE void transpose_quads(const std::byte* const* rows, std::int64_t offset,
                                const Store& store) {
  const hn::RepartitionToWide<FloatTag> wide;
  const FloatVec a = gather_quads(rows, offset), b = gather_quads(rows + 1, offset);
  const FloatVec c = gather_quads(rows + 2, offset), e = gather_quads(rows + 3, offset);
  const auto ab_low = hn::BitCast(wide, hn::InterleaveLower(kFloats, a, b));
  const auto ab_high = hn::BitCast(wide, hn::InterleaveUpper(kFloats, a, b));
  const auto ce_low = hn::BitCast(wide, hn::InterleaveLower(kFloats, c, e));
  const auto ce_high = hn::BitCast(wide, hn::InterleaveUpper(kFloats, c, e));
  store(0, hn::BitCast(kFloats, hn::InterleaveLower(wide, ab_low, ce_low)));
  store(1, hn::BitCast(kFloats, hn::InterleaveUpper(wide, ab_low, ce_low)));
  store(2, hn::BitCast(kFloats, hn::InterleaveLower(wide, ab_high, ce_high)));
  store(3, hn::BitCast(kFloats, hn::InterleaveUpper(wide, ab_high, ce_high)));
}
#endif

/// to[p * kWidth + i] = scale * from[i][p] for i < rows <= kWidth; the rows of `from` are row_bytes
/// apart and need no alignment. Places without a row take some finite or infinite row's value.
template <int kWidth>
void transpose_into(const std::byte* from, std::int64_t row_bytes, int rows, std::int64_t k,
                    float scale, float* HWY_RESTRICT to) {
  std::int64_t done = 0;
#if HWY_TARGET != HWY_SCALAR
  constexpr int kGroups = (kWidth + kLanes - 1) / kLanes;
  // A vector that is wider than what is left of the panel's row runs into the next row, which is
  // written later; so the last groups come first, and the last columns are left to the loop below.
  constexpr int kOverrun = kGroups * kLanes > kWidth ? (kGroups * kLanes - 1) / kWidth : 0;
  done = std::max<std::int64_t>(0, (k - kOverrun) / 4 * 4);
  const FloatVec factor = hn::Set(kFloats, scale);
  for (int group = kGroups - 1; group >= 0; --group) {
    const std::byte* row[kLanes];
    for (int i = 0; i < kLanes; ++i)
      row[i] = from + std::min(group * kLanes + i, rows - 1) * row_bytes;
    float* out = to + group * kLanes;
    for (std::int64_t p = 0; p < done; p += 4, out += 4 * kWidth)
      transpose_quads(row, p * static_cast<std::int64_t>(sizeof(float)),
                      [&](int q, FloatVec column) HWY_ATTR {
                        hn::StoreU(hn::Mul(column, factor), kFloats, out + q * kWidth);
                      });
  }
#endif
  for (int i = 0; i < kWidth; ++i) {
    const std::byte* row = from + std::min(i, rows - 1) * row_bytes;
    for (std::int64_t p = done; p < k; ++p)
      to[p * kWidth + i] = scale * load_float(row + p * static_cast<std::int64_t>(sizeof(float)));
  }
}

/// to[p * kWidth + j] = scale * from[p][j] for j < cols, 0 for cols <= j < kWidth.
template <int kWidth>
void copy_into(const std::byte* from, std::int64_t row_bytes, int cols, std::int64_t k, float scale,
               float* HWY_RESTRICT to) {
  if (cols == kWidth) {
    for (std::int64_t p = 0; p < k; ++p, from += row_bytes, to += kWidth) {
      std::memcpy(to, from, sizeof(float) * kWidth);
      if (scale != 1.0f)
        for (int j = 0; j < kWidth; ++j) to[j] *= scale;
    }
    return;
  }
  for (std::int64_t p = 0; p < k; ++p, from += row_bytes, to += kWidth) {
    std::memcpy(to, from, sizeof(float) * cols);
    for (int j = 0; j < cols; ++j) to[j] *= scale;
    std::fill(to + cols, to + kWidth, 0.0f);
  }
}

}  // namespace lab::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
