// Softmax cross entropy of rows of logits, with the gradient written over the logits.
#pragma once

#include <cstdint>

#include "base/thread_pool.h"

namespace lab::kernels {

/// loss[r] = log sum_j exp(logits[r, j]) - logits[r, targets[r]], 0 where targets[r] < 0. With
/// gradient: logits become (softmax - onehot(target)) * gradient_scale, 0 rows where target < 0.
struct CrossEntropy {
  std::int64_t rows = 0, vocab = 0;
  float* logits = nullptr;                 ///< [rows, vocab]
  const std::int32_t* targets = nullptr;   ///< [rows]
  float* loss = nullptr;                   ///< [rows]
  bool gradient = false;
  float gradient_scale = 1;
};
void cross_entropy(const CrossEntropy& problem, ThreadPool& pool);

}  // namespace lab::kernels
