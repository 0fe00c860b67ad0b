// Dot products of four stored rows of any type with a vector, by way of decoded stretches of them:
// one function where row_sums() would be one for each type, for WebAssembly, which is downloaded.

#if defined(LAB_MATVEC_DECODED_SUMS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LAB_MATVEC_DECODED_SUMS_INL_H_
#undef LAB_MATVEC_DECODED_SUMS_INL_H_
#else
#define LAB_MATVEC_DECODED_SUMS_INL_H_
#endif

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "kernels/matvec/row_sums-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lab::kernels::HWY_NAMESPACE {

/// sums[r] = w[first + r] . x[vector], and the low-rank pair's part. Rows that do not exist get
/// anything.
inline void decoded_sums(const Matvec& p, std::int64_t first, std::int64_t vector,
                         const FetchAhead&, float* sums) {
  constexpr std::int64_t kStretch = 8;  // groups: as many as the largest blocks have
  constexpr std::size_t kRows = 4, kStride = kStretch * kGroup;
  const MatrixView& w = p.w;
  const std::byte* from = w.data + first * w.row_bytes;
  const std::int64_t rows = std::min<std::int64_t>(kRows, w.rows - first);
  const float* x = p.x + vector * w.cols;
  const DecodeRows decoder = choose_decoder(w.dtype);
  HWY_ALIGN float decoded[kRows * kStride] = {};
  DecodedLayout layout;
  layout.to = decoded;
  layout.row_stride = kStride;
  FloatVec sum[kRows];
  LAB_UNROLL
  for (std::size_t r = 0; r < kRows; ++r) sum[r] = hn::Zero(kFloats);
  for (std::int64_t g = 0; g < w.cols / kGroup; g += kStretch) {
    const std::int64_t groups = std::min(kStretch, w.cols / kGroup - g);
    decoder(from, w.row_bytes, rows, g, groups, layout);
    const auto end = static_cast<std::size_t>(groups * kGroup);
    for (std::size_t i = 0; i < end; i += kLanes) {
      const FloatVec part = hn::LoadU(kFloats, x + g * kGroup + i);
      LAB_UNROLL
      for (std::size_t r = 0; r < kRows; ++r)
        sum[r] = hn::MulAdd(hn::Load(kFloats, decoded + r * kStride + i), part, sum[r]);
    }
  }
  for (std::int64_t r = 0; r < rows; ++r) {
    FloatVec total = add_tail(w, from + r * w.row_bytes, x, sum[r]);
    if (p.u)
      total = add_pair(p.b + (first + r) * p.rank, p.u + vector * p.rank, p.rank, p.scale, total);
    sums[r] = lane_sum(total);
  }
}

}  // namespace lab::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
