#include "kernels/embed/embed.h"

#include <algorithm>

#include "kernels/chunks.h"
#include "tensor/decode.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/embed/embed.cc"
#include "kernels/simd.h"

#include "kernels/lanes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lab::kernels::HWY_NAMESPACE {

inline constexpr std::int64_t kColumns = 64;
/// Ranks that are gathered from a column of A at a time.
inline constexpr std::int64_t kRanks = 256;

void run_embed_gradient(std::int64_t tokens, std::int64_t cols, const std::int32_t* ids,
                        const float* dx, float* d_weight, ThreadPool& pool) {
  for_ranges(pool, cols, kColumns, [&](std::int64_t begin, std::int64_t end) HWY_ATTR {
    for (std::int64_t t = 0; t < tokens; ++t)
      add_scaled(1.0f, dx + t * cols + begin, d_weight + ids[t] * cols + begin, end - begin);
  });
}

void run_embed_pair(const EmbedPair& p, float* x, ThreadPool& pool) {
  for_ranges(pool, p.tokens, rows_per_chunk(p.cols * p.rank), [&](std::int64_t begin,
                                                                  std::int64_t end) HWY_ATTR {
    float column[kRanks];
    for (std::int64_t t = begin; t < end; ++t) {
      for (std::int64_t r = 0; r < p.rank; r += kRanks) {
        const std::int64_t ranks = std::min(kRanks, p.rank - r);
        for (std::int64_t i = 0; i < ranks; ++i)
          column[i] = p.scale * p.a[(r + i) * p.vocab + p.ids[t]];
        for (std::int64_t j = 0; j < p.cols; ++j)
          x[t * p.cols + j] += dot(p.b + j * p.rank + r, column, ranks);
      }
    }
  });
}

/// d_b by rows of B: each belongs to one chunk, which adds the tokens in order.
void run_gradient_of_b(const EmbedPair& p, const float* dx, float* d_b, ThreadPool& pool) {
  for_ranges(pool, p.cols, kColumns, [&](std::int64_t begin, std::int64_t end) HWY_ATTR {
    float column[kRanks];
    for (std::int64_t t = 0; t < p.tokens; ++t) {
      for (std::int64_t r = 0; r < p.rank; r += kRanks) {
        const std::int64_t ranks = std::min(kRanks, p.rank - r);
        for (std::int64_t i = 0; i < ranks; ++i)
          column[i] = p.scale * p.a[(r + i) * p.vocab + p.ids[t]];
        for (std::int64_t j = begin; j < end; ++j)
          add_scaled(dx[t * p.cols + j], column, d_b + j * p.rank + r, ranks);
      }
    }
  });
}

/// d_a by groups of ranks; two tokens may share a column of A, so tokens go in order inside.
void run_gradient_of_a(const EmbedPair& p, const float* dx, float* d_a, ThreadPool& pool) {
  for_ranges(pool, p.rank, kLanes, [&](std::int64_t begin, std::int64_t end) HWY_ATTR {
    for_vectors(begin, end, [&](std::int64_t r, auto lanes) HWY_ATTR {
      float sums[kLanes];
      for (std::int64_t t = 0; t < p.tokens; ++t) {
        FloatVec sum = hn::Zero(kFloats);
        for (std::int64_t j = 0; j < p.cols; ++j)
          sum = hn::MulAdd(splat(dx[t * p.cols + j]), lanes.load(p.b + j * p.rank + r), sum);
        hn::StoreU(sum, kFloats, sums);
        for (std::int64_t i = r; i < end; ++i)
          d_a[i * p.vocab + p.ids[t]] += p.scale * sums[i - r];
      }
    });
  });
}

}  // namespace lab::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lab::kernels {

void embed(std::int64_t tokens, const std::int32_t* ids, const MatrixView& weight, float* x,
           ThreadPool& pool) {
  for_ranges(pool, tokens, rows_per_chunk(weight.cols), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t t = begin; t < end; ++t)
      decode(weight.dtype, weight.data + ids[t] * weight.row_bytes, weight.cols,
             x + t * weight.cols);
  });
}

void embed_gradient(std::int64_t tokens, std::int64_t cols, const std::int32_t* ids,
                    const float* dx, float* d_weight, ThreadPool& pool) {
  LAB_DISPATCH(run_embed_gradient)(tokens, cols, ids, dx, d_weight, pool);
}

void embed_pair(const EmbedPair& pair, float* x, ThreadPool& pool) {
  LAB_DISPATCH(run_embed_pair)(pair, x, pool);
}

void embed_pair_gradient(const EmbedPair& pair, const float* dx, float* d_a, float* d_b,
                         ThreadPool& pool) {
  if (d_b) LAB_DISPATCH(run_gradient_of_b)(pair, dx, d_b, pool);
  if (d_a) LAB_DISPATCH(run_gradient_of_a)(pair, dx, d_a, pool);
}

}  // namespace lab::kernels
#endif
