// Products of a stored weight with a few vectors, as in decoding: bound by memory, not arithmetic.
#pragma once

#include <cstdint>

#include "base/thread_pool.h"
#include "kernels/matrix_view.h"

namespace lab::kernels {

/// Above this many vectors gemm() is faster.
inline constexpr std::int64_t kMatvecMaxVectors = 8;

/// y[v, j] = (accumulate ? y[v, j] : 0) + column_scale[j] * (sum_i w[j, i] x[v, i]
///           + scale * sum_r b[j, r] u[v, r]) + bias[j],  v < vectors <= kMatvecMaxVectors.
struct Matvec {
  std::int64_t vectors = 1;
  const float* x = nullptr;             ///< [vectors, w.cols], contiguous rows
  MatrixView w;                         ///< [out, in], any decodable type; read once, never expanded
  const float* u = nullptr;             ///< [vectors, rank] or null: no low-rank pair
  const float* b = nullptr;             ///< [out, rank]
  std::int64_t rank = 0;
  float scale = 1.0f;
  const float* column_scale = nullptr;  ///< [out] or null
  const float* bias = nullptr;          ///< [out] or null
  float* y = nullptr;                   ///< [vectors, out]
  bool accumulate = false;
};

void matvec(const Matvec& problem, ThreadPool& pool);

}  // namespace lab::kernels
