// One AdamW step (arXiv 1711.05101) over flat arrays, in one pass.
#pragma once

#include <cstdint>

#include "base/thread_pool.h"

namespace lab::kernels {

/// In torch.optim.AdamW's order, with g = grads * factor:
///   p *= 1 - lr weight_decay;  m += (1 - beta1)(g - m);  v = beta2 v + (1 - beta2) g^2;
///   p -= lr / (1 - beta1^step) * m / (sqrt(v) / sqrt(1 - beta2^step) + eps).
struct AdamW {
  std::int64_t count = 0;
  float* params = nullptr;
  const float* grads = nullptr;
  float *m = nullptr, *v = nullptr;
  float factor = 1;
  double lr = 0, beta1 = 0.9, beta2 = 0.999, eps = 1e-8, weight_decay = 0;
  std::int64_t step = 1;  ///< from 1
};
void adamw(const AdamW& problem, ThreadPool& pool);

}  // namespace lab::kernels
