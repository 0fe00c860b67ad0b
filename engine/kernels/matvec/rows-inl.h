// What every way of computing a matvec shares: pieces of the rows, the low-rank pair, a row's end.

#if defined(LAB_MATVEC_ROWS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LAB_MATVEC_ROWS_INL_H_
#undef LAB_MATVEC_ROWS_INL_H_
#else
#define LAB_MATVEC_ROWS_INL_H_
#endif

#include <algorithm>
#include <cstdint>

#include "kernels/lanes-inl.h"
#include "kernels/matvec/matvec.h"

HWY_BEFORE_NAMESPACE();
namespace lab::kernels::HWY_NAMESPACE {

/// Adds scale * b[row] u, `rank` products, to a row's sum.
HWY_INLINE FloatVec add_pair(const float* b, const float* u, std::int64_t rank, float scale,
                             FloatVec sum) {
  const FloatVec factor = splat(scale);
  for_vectors(0, rank, [&](std::int64_t r, auto lanes) HWY_ATTR {
    sum = hn::MulAdd(lanes.load(b + r), hn::Mul(lanes.load(u + r), factor), sum);
  });
  return sum;
}

inline void finish_row(const Matvec& p, std::int64_t row, std::int64_t vector, float sum) {
  if (p.column_scale) sum *= p.column_scale[row];
  if (p.bias) sum += p.bias[row];
  float& y = p.y[vector * p.w.rows + row];
  y = p.accumulate ? y + sum : sum;
}

/// Rows that a thread takes at a time: several pieces for each, each long enough to be read as a
/// stream. A row's result does not depend on its piece.
inline std::int64_t rows_per_piece(const Matvec& p, std::int64_t threads) {
  constexpr std::int64_t kStep = 4, kMostBytes = 64 * 1024;
  const std::int64_t most = kMostBytes / std::max<std::int64_t>(1, p.w.row_bytes);
  return std::max<std::int64_t>(1, std::min(p.w.rows / (4 * threads), most) / kStep) * kStep;
}

}  // namespace lab::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
