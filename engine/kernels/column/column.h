// Scales and sums columns of a matrix: bias and DoRA gradients.
#pragma once

#include <cstdint>

#include "base/thread_pool.h"

namespace lab::kernels {

/// y[t, j] = x[t, j] * numerator[j] / denominator[j]; y may be x. [rows, cols].
void scale_columns(std::int64_t rows, std::int64_t cols, const float* x, const float* numerator,
                   const float* denominator, float* y, ThreadPool& pool);

/// sums[j] += sum_t x[t, j], rows in order.
void add_column_sums(std::int64_t rows, std::int64_t cols, const float* x, float* sums,
                     ThreadPool& pool);

/// sums[j] += sum_t x[t, j] y[t, j] / denominator[j], rows in order.
void add_column_dots(std::int64_t rows, std::int64_t cols, const float* x, const float* y,
                     const float* denominator, float* sums, ThreadPool& pool);

}  // namespace lab::kernels
