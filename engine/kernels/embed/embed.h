// Embedding rows by token id, with the low-rank pair that PEFT puts beside an embedding.
#pragma once

#include <cstdint>

#include "base/thread_pool.h"
#include "kernels/matrix_view.h"

namespace lab::kernels {

/// x[t] = weight[ids[t]]; x [tokens, weight.cols], any decodable type.
void embed(std::int64_t tokens, const std::int32_t* ids, const MatrixView& weight, float* x,
           ThreadPool& pool);

/// d_weight[ids[t]] += dx[t], tokens in order; dx [tokens, cols].
void embed_gradient(std::int64_t tokens, std::int64_t cols, const std::int32_t* ids,
                    const float* dx, float* d_weight, ThreadPool& pool);

/// A [rank, vocab] and B [cols, rank]: x[t] += scale * A[:, ids[t]]^T B^T.
struct EmbedPair {
  std::int64_t tokens = 0, cols = 0, vocab = 0, rank = 0;
  float scale = 1;
  const std::int32_t* ids = nullptr;  ///< [tokens]
  const float *a = nullptr, *b = nullptr;
};
/// x [tokens, cols] is added to.
void embed_pair(const EmbedPair& pair, float* x, ThreadPool& pool);

/// d_a[:, ids[t]] += scale * dx[t] B and d_b += scale * dx^T A[:, ids]^T, tokens in order; either
/// may be null.
void embed_pair_gradient(const EmbedPair& pair, const float* dx, float* d_a, float* d_b,
                         ThreadPool& pool);

}  // namespace lab::kernels
