// Softmax attention with grouped heads over ranges of keys, forward and backward.
#pragma once

#include <cstdint>

#include "base/thread_pool.h"

namespace lab::kernels {

/// Larger heads are refused where a model is read.
inline constexpr std::int64_t kAttentionMaxHeadDim = 256;

/// out[t, h] = sum_j softmax_j(scale q[t, h] k[j, g]) v[j, g] over key_begin[t] <= j < key_end[t],
/// g = h / (heads / kv_heads); 0 where the range is empty. Both lists never decrease.
struct Attention {
  std::int64_t queries = 0, keys = 0, heads = 0, kv_heads = 0, head_dim = 0;
  float scale = 1;
  const float* q = nullptr;                                ///< [queries, heads * head_dim]
  const float *k = nullptr, *v = nullptr;                  ///< [keys, kv_heads * head_dim]
  const std::int32_t *key_begin = nullptr, *key_end = nullptr;  ///< [queries]
  float* out = nullptr;                                    ///< [queries, heads * head_dim]
  float* log_sum_exp = nullptr;  ///< [queries, heads] or null; -infinity where the range is empty
  bool bfloat16 = false;  ///< round what is multiplied, if computes_bfloat16() and there are enough queries for tiles
};

struct AttentionGradient {
  Attention forward;             ///< with out and log_sum_exp as attention() left them
  const float* d_out = nullptr;  ///< [queries, heads * head_dim]
  float* delta = nullptr;        ///< scratch [queries, heads]
  float *dq = nullptr, *dk = nullptr, *dv = nullptr;  ///< written, shaped as q, k, v
};

/// Floats of scratch that both functions need for each thread, whatever the shape.
std::int64_t attention_scratch_floats();

/// `scratch`: attention_scratch_floats() * pool.threads(), 64-byte aligned. The matrix of scores
/// never exists beyond a tile (arXiv 2205.14135, 2307.08691).
void attention(const Attention& problem, ThreadPool& pool, float* scratch);
/// Tiles that share no query and no key run at the same time, in fixed rounds, so all sums have
/// one order.
void attention_gradient(const AttentionGradient& problem, ThreadPool& pool, float* scratch);

}  // namespace lab::kernels
