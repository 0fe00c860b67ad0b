// Root-mean-square normalisation of rows (arXiv 1910.07467), forward and backward.
#pragma once

#include <cstdint>

#include "base/thread_pool.h"

namespace lab::kernels {

/// y = x / sqrt(mean(x^2) + eps) * weight, by rows. y may be x.
struct RmsNorm {
  std::int64_t rows = 0, cols = 0;
  double eps = 0;
  const float* x = nullptr;       ///< [rows, cols]
  const float* weight = nullptr;  ///< [cols]
  float* y = nullptr;             ///< [rows, cols]
};
void rms_norm(const RmsNorm& problem, ThreadPool& pool);

/// With r = 1 / sqrt(mean(x^2) + eps): dx (+)= r (w dy) - x r^3 / cols sum(w dy x), and
/// d_weight += sum over rows of dy x r where wanted. dy may be dx where accumulate is false.
struct RmsNormGradient {
  std::int64_t rows = 0, cols = 0;
  double eps = 0;
  const float *x = nullptr, *weight = nullptr, *dy = nullptr;
  float* dx = nullptr;
  float* d_weight = nullptr;  ///< [cols] or null
  bool accumulate = false;
};
void rms_norm_gradient(const RmsNormGradient& problem, ThreadPool& pool);

}  // namespace lab::kernels
