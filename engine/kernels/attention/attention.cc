#include "kernels/attention/attention.h"

#include "kernels/attention/layout.h"
#include "kernels/elementwise/elementwise.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/attention/attention.cc"
#include "kernels/simd.h"

#include "kernels/attention/backward-inl.h"
#include "kernels/attention/decode-inl.h"
#include "kernels/attention/forward-inl.h"

#if HWY_ONCE
namespace lab::kernels {
namespace {

/// Below this many queries most of a tile would be padding.
constexpr std::int64_t kTiledQueries = 8;

}  // namespace

std::int64_t attention_scratch_floats() { return kAttentionScratchFloats; }

void attention(const Attention& problem, ThreadPool& pool, float* scratch) {
  if (problem.queries < kTiledQueries && problem.heads <= most_decode_heads(problem.head_dim))
    LAB_DISPATCH(run_forward_queries)(problem, pool, scratch);
  else
    LAB_DISPATCH(run_forward_tiles)(problem, pool, scratch);
}

void attention_gradient(const AttentionGradient& problem, ThreadPool& pool, float* scratch) {
  const Attention& f = problem.forward;
  fill(0.0f, problem.dq, f.queries * f.heads * f.head_dim, pool);
  fill(0.0f, problem.dk, f.keys * f.kv_heads * f.head_dim, pool);
  fill(0.0f, problem.dv, f.keys * f.kv_heads * f.head_dim, pool);
  LAB_DISPATCH(run_backward_tiles)(problem, pool, scratch);
}

}  // namespace lab::kernels
#endif
