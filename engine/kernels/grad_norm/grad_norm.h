// The Euclidean norm of a long array, the same bits at any thread count.
#pragma once

#include <cstdint>

#include "base/thread_pool.h"

namespace lab::kernels {

/// sqrt(sum of squares), summed in double precision in pieces that depend on `count` only.
double euclidean_norm(const float* values, std::int64_t count, ThreadPool& pool);

}  // namespace lab::kernels
