// General matrix product with float32 sums whose right-hand side may be stored in any decodable type.
#pragma once

#include <cstdint>
#include <span>

#include "base/thread_pool.h"
#include "kernels/matrix_view.h"

namespace lab::kernels {

/// One product A B of a sum; both orientations of each operand occur in training.
struct GemmTerm {
  const float* a = nullptr;           ///< [m, k] through the two strides, one of which is 1
  std::int64_t a_row_stride = 0, a_col_stride = 1;
  MatrixView b;                       ///< [n, k] if b_is_nk (a linear layer's weight, forward), else [k, n]
  bool b_is_nk = true;
  std::int64_t k = 0;
  float scale = 1.0f;                 ///< multiplies this term
};

/// c[i, j] = (accumulate ? c[i, j] : 0) + column_scale[j] * sum_t scale_t (A_t B_t)[i, j] + bias[j].
/// A base weight plus its low-rank pair is two terms: (x, W) and (u, B).
struct Gemm {
  std::int64_t m = 0, n = 0;
  std::span<const GemmTerm> terms;
  float* c = nullptr;
  std::int64_t c_row_stride = 0, c_col_stride = 1;
  const float* column_scale = nullptr;  ///< [n], null means 1
  const float* bias = nullptr;          ///< [n], null means 0
  bool accumulate = false;
  /// Where it pays, round both operands to bfloat16; sums stay float32. Only if computes_bfloat16().
  bool bfloat16 = false;
};

/// Floats of scratch that gemm() needs for each thread, whatever the shape.
std::int64_t gemm_scratch_floats();

/// Quantised weights are decoded tile by tile on the way into packed panels; no expanded copy of a
/// weight ever exists. The order of summation depends on the shape only, so the same ISA gives the
/// same bits at any thread count. `scratch`: gemm_scratch_floats() * pool.threads(), 64-byte aligned.
void gemm(const Gemm& problem, ThreadPool& pool, float* scratch);

}  // namespace lab::kernels
