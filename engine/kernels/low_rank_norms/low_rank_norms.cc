#include "kernels/low_rank_norms/low_rank_norms.h"

#include <algorithm>
#include <cmath>

#include "kernels/chunks.h"
#include "tensor/decode.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/low_rank_norms/low_rank_norms.cc"
#include "kernels/simd.h"

#include "kernels/dequant/decode_rows-inl.h"
#include "kernels/lanes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lab::kernels::HWY_NAMESPACE {

/// Elements of a row that are made at a time, whole blocks of every stored type.
inline constexpr std::int64_t kPiece = 1024;

/// Decodes elements [first, first + count) of a row.
inline void decode_piece(const MatrixView& w, std::int64_t row, std::int64_t first,
                         std::int64_t count, float* to) {
  const std::byte* from = w.data + row * w.row_bytes;
  const std::int64_t groups = count / kGroup, done = groups * kGroup;
  choose_decoder(w.dtype)(from, w.row_bytes, 1, first / kGroup, groups, {.to = to});
  const DTypeInfo& type = info(w.dtype);
  if (done < count)
    decode(w.dtype, from + (first + done) / type.block_elements * type.block_bytes, count - done,
           to + done);
}

/// The sum is formed before it is squared: expanding the square instead would cancel digits where
/// the pair nearly undoes the weight.
inline float norm_of_row(const LowRankNorms& p, std::int64_t row) {
  HWY_ALIGN float piece[kPiece];
  const std::int64_t cols = p.weight.cols;
  const float* b = p.b + row * p.rank;
  double squares = 0;
  for (std::int64_t first = 0; first < cols; first += kPiece) {
    const std::int64_t count = std::min(kPiece, cols - first);
    decode_piece(p.weight, row, first, count, piece);
    FloatVec sum = hn::Zero(kFloats);
    for_vectors(0, count, [&](std::int64_t i, auto lanes) HWY_ATTR {
      FloatVec low = hn::Zero(kFloats);
      for (std::int64_t r = 0; r < p.rank; ++r)
        low = hn::MulAdd(splat(b[r]), lanes.load(p.a + r * cols + first + i), low);
      const FloatVec value = hn::MulAdd(splat(p.scale), low, lanes.load(piece + i));
      sum = hn::MulAdd(value, value, sum);
    });
    squares += static_cast<double>(lane_sum(sum));
  }
  return static_cast<float>(std::sqrt(squares));
}

void run_low_rank_norms(const LowRankNorms& p, ThreadPool& pool) {
  for_ranges(pool, p.weight.rows, rows_per_chunk(p.weight.cols),
             [&](std::int64_t begin, std::int64_t end) HWY_ATTR {
               for (std::int64_t row = begin; row < end; ++row) p.norm[row] = norm_of_row(p, row);
             });
}

}  // namespace lab::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lab::kernels {

void low_rank_norms(const LowRankNorms& problem, ThreadPool& pool) {
  LAB_DISPATCH(run_low_rank_norms)(problem, pool);
}

}  // namespace lab::kernels
#endif
