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

/// By how much each x may be off in products with a weight of this type, as a part of the largest
/// |x| of 32 neighbours: 0, but 2^-16 in WebAssembly for the types whose integers are multiplied as
/// such, with x rounded to 16 bits.
double matvec_rounding(DType type);

}  // namespace lab::kernels
