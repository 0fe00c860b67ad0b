// Dropout whose mask is a function of (seed, substream, index), so the backward makes it again.
#pragma once

#include <cstdint>

#include "base/thread_pool.h"

namespace lab::kernels {

/// y[i] (+)= x[i] / (1 - probability) where Philox(seed, kDropout, substream).uniform(i) >=
/// probability, else 0. y may be x. The backward is the same operation on gradients.
struct Dropout {
  std::int64_t count = 0;
  double probability = 0;
  std::uint64_t seed = 0;
  std::uint32_t substream = 0;
  const float* x = nullptr;
  float* y = nullptr;
  bool accumulate = false;
};
void dropout(const Dropout& problem, ThreadPool& pool);

}  // namespace lab::kernels
