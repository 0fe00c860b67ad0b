#include "kernels/low_rank_norms/low_rank_norms.h"

#include <algorithm>
#include <cmath>

#include "kernels/chunks.h"
#include "tensor/decode.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/low_rank_norms/low_rank_norms.cc"
#include "kernels/simd.h"

#include "kernels/lanes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lab::kernels::HWY_NAMESPACE {

/// Elements of a row that are made at a time, whole blocks of every stored type.
inline constexpr std::int64_t kPiece = 1024;

/// The sum is formed before it is squared: expanding the square instead would cancel digits where
/// the pair nearly undoes the weight.
void norm_rows(const LowRankNorms& p, std::int64_t begin, std::int64_t end) {
  const MatrixView& w = p.weight;
  const DTypeInfo& type = info(w.dtype);
  HWY_ALIGN float piece[kPiece];
  for (std::int64_t j = begin; j < end; ++j) {
    double squares = 0;
    for (std::int64_t i = 0; i < w.cols; i += kPiece) {
      const std::int64_t count = std::min(kPiece, w.cols - i);
      decode(w.dtype, w.data + j * w.row_bytes + i / type.block_elements * type.block_bytes, count,
             piece);
      for (std::int64_t r = 0; r < p.rank; ++r)
        add_scaled(p.scale * p.b[j * p.rank + r], p.a + r * w.cols + i, piece, count);
      squares += static_cast<double>(dot(piece, piece, count));
    }
    p.norm[j] = static_cast<float>(std::sqrt(squares));
  }
}

void run_low_rank_norms(const LowRankNorms& p, ThreadPool& pool) {
  for_ranges(pool, p.weight.rows, rows_per_chunk(p.weight.cols),
             [&](std::int64_t begin, std::int64_t end) HWY_ATTR { norm_rows(p, begin, end); });
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
