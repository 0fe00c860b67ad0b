// Rotary position embedding (arXiv 2104.09864): pairs of dimensions turn by their token's angles.
#pragma once

#include <cstdint>

#include "base/thread_pool.h"

namespace lab::kernels {

/// Rotates the first `rotary` dimensions of every head of x in place:
/// (a, b) -> (a cos - b sin, b cos + a sin), with -sin where `inverse` is set (the gradient).
struct Rope {
  std::int64_t tokens = 0, heads = 0, head_dim = 0, rotary = 0;
  bool neighbours = false;                   ///< pairs (2i, 2i + 1), else (i, i + rotary / 2)
  const std::int32_t* positions = nullptr;   ///< [tokens]
  const float *cosines = nullptr, *sines = nullptr;  ///< [max positions, rotary / 2]
  float* x = nullptr;                        ///< [tokens, heads * head_dim]
  bool inverse = false;
};
void rope(const Rope& problem, ThreadPool& pool);

}  // namespace lab::kernels
