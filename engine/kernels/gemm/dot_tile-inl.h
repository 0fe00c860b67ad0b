// A tile of dot products of rows that both run along k: the vectors hold summands, not columns.

#if defined(LAB_GEMM_DOT_TILE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LAB_GEMM_DOT_TILE_INL_H_
#undef LAB_GEMM_DOT_TILE_INL_H_
#else
#define LAB_GEMM_DOT_TILE_INL_H_
#endif

#include <algorithm>
#include <cstdint>

#include "kernels/gemm/tile-inl.h"
#include "kernels/lanes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lab::kernels::HWY_NAMESPACE {

// Three rows of A in registers meet each vector of B; the sums, these rows and one vector of B fill
// 32 or 16 registers.
inline constexpr int kDotRows = 3;
inline constexpr int kDotCols = HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_NEON ? 8 : 4;

/// The sums of the lanes of four vectors, as one vector of four.
using SumTag = hn::CappedTag<float, 4>;
#if HWY_TARGET != HWY_SCALAR
HWY_INLINE hn::Vec<SumTag> sums_of_four(const FloatVec* v) {
  const hn::RepartitionToWide<FloatTag> wide;
  const FloatVec ab =
      hn::Add(hn::InterleaveLower(kFloats, v[0], v[1]), hn::InterleaveUpper(kFloats, v[0], v[1]));
  const FloatVec cd =
      hn::Add(hn::InterleaveLower(kFloats, v[2], v[3]), hn::InterleaveUpper(kFloats, v[2], v[3]));
  const auto ab_wide = hn::BitCast(wide, ab), cd_wide = hn::BitCast(wide, cd);
  // In each block of four lanes: a, b, c, d.
  const FloatVec sums =
      hn::Add(hn::BitCast(kFloats, hn::InterleaveLower(wide, ab_wide, cd_wide)),
              hn::BitCast(kFloats, hn::InterleaveUpper(wide, ab_wide, cd_wide)));
#if HWY_TARGET == HWY_AVX3
  const hn::Half<FloatTag> half;
  const auto two = hn::Add(hn::LowerHalf(half, sums), hn::UpperHalf(half, sums));
  return hn::Add(hn::LowerHalf(SumTag(), two), hn::UpperHalf(SumTag(), two));
#elif HWY_TARGET == HWY_AVX2
  return hn::Add(hn::LowerHalf(SumTag(), sums), hn::UpperHalf(SumTag(), sums));
#else
  return sums;
#endif
}
#endif

/// Adds a vector of summands, from place p on, to each sum.
template <class Lanes>
HWY_INLINE void dot_step(const float* const* a, const float* const* b, std::int64_t p, Lanes lanes,
                         FloatVec (&total)[kDotRows][kDotCols]) {
  FloatVec row[kDotRows];
  LAB_UNROLL
  for (int r = 0; r < kDotRows; ++r) row[r] = lanes.load(a[r] + p);
  LAB_UNROLL
  for (int c = 0; c < kDotCols; ++c) {
    const FloatVec column = lanes.load(b[c] + p);
    LAB_UNROLL
    for (int r = 0; r < kDotRows; ++r) total[r][c] = hn::MulAdd(row[r], column, total[r][c]);
  }
}

/// sums[r * kDotCols + c] = sum_p a[r][p] b[c][p].
inline void dot_tile(const float* const* a, const float* const* b, std::int64_t k, float* sums) {
  FloatVec total[kDotRows][kDotCols];
  LAB_UNROLL
  for (int r = 0; r < kDotRows; ++r) {
    LAB_UNROLL
    for (int c = 0; c < kDotCols; ++c) total[r][c] = hn::Zero(kFloats);
  }
  std::int64_t p = 0;
  for (; p + kLanes <= k; p += kLanes) dot_step(a, b, p, AllLanes{}, total);
  if (p < k) dot_step(a, b, p, FirstLanes{static_cast<int>(k - p)}, total);
  LAB_UNROLL
  for (int r = 0; r < kDotRows; ++r) {
#if HWY_TARGET == HWY_SCALAR
    for (int c = 0; c < kDotCols; ++c) sums[r * kDotCols + c] = lane_sum(total[r][c]);
#else
    LAB_UNROLL
    for (int c = 0; c < kDotCols; c += 4)
      hn::StoreU(sums_of_four(total[r] + c), SumTag(), sums + r * kDotCols + c);
#endif
  }
}

}  // namespace lab::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
