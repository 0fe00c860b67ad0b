// Fills, copies and adds arrays of floats with all threads.
#pragma once

#include <cstdint>

#include "base/thread_pool.h"

namespace lab::kernels {

void fill(float value, float* to, std::int64_t count, ThreadPool& pool);
/// The arrays do not overlap.
void copy(const float* from, float* to, std::int64_t count, ThreadPool& pool);
/// to += from.
void add(const float* from, float* to, std::int64_t count, ThreadPool& pool);
/// quotient = a / b; on the calling thread, for arrays as long as a row.
void divide(const float* a, const float* b, float* quotient, std::int64_t count);

}  // namespace lab::kernels
