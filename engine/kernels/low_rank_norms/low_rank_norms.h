// Row norms of a weight plus its low-rank pair, what DoRA divides by (arXiv 2402.09353).
#pragma once

#include <cstdint>

#include "base/thread_pool.h"
#include "kernels/matrix_view.h"

namespace lab::kernels {

/// norm[j] = || W_j + scale (B A)_j ||_2. W [out, in] of any decodable type, A [rank, in],
/// B [out, rank]; rank 0 gives the row norms of W.
struct LowRankNorms {
  MatrixView weight;
  std::int64_t rank = 0;
  float scale = 1;
  const float *a = nullptr, *b = nullptr;
  float* norm = nullptr;  ///< [out]
};
void low_rank_norms(const LowRankNorms& problem, ThreadPool& pool);

}  // namespace lab::kernels
