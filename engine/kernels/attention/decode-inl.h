// Attention of few queries, as in decoding: each query and head walks over its keys once.

#if defined(LAB_ATTENTION_DECODE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LAB_ATTENTION_DECODE_INL_H_
#undef LAB_ATTENTION_DECODE_INL_H_
#else
#define LAB_ATTENTION_DECODE_INL_H_
#endif

#include <cmath>
#include <limits>
#include <numbers>

#include "kernels/attention/layout.h"
#include "kernels/exp/exp-inl.h"
#include "kernels/lanes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lab::kernels::HWY_NAMESPACE {

/// One head of one query; out [head_dim] is also where the weighted values are summed.
struct QueryHead {
  const Attention& p;
  const float* q;
  const float *k, *v;  ///< the head's first key and value
  float* out;
  float largest = -std::numeric_limits<float>::infinity();  ///< of the scores seen, times log2 e
  float sum = 0;                                            ///< of 2^(score - largest)

  void see_keys(std::int64_t first, std::int64_t keys);

 private:
  std::int64_t row_stride() const { return p.kv_heads * p.head_dim; }
};

inline void QueryHead::see_keys(std::int64_t first, std::int64_t keys) {
  HWY_ALIGN float weights[kAttentionKeys];
  const float slope = p.scale * std::numbers::log2e_v<float>;
  float now = largest;
  for (std::int64_t j = 0; j < keys; ++j) {
    weights[j] = slope * dot(q, k + (first + j) * row_stride(), p.head_dim);
    now = std::max(now, weights[j]);
  }
  FloatVec added = hn::Zero(kFloats);
  for_vectors(0, keys, [&](std::int64_t j, auto lanes) HWY_ATTR {
    const FloatVec e = exp2_negative(hn::Sub(lanes.load(weights + j), splat(now)));
    lanes.store(e, weights + j);
    added = hn::Add(added, lanes.zero_others(e));
  });
  const float decay = hn::GetLane(exp2_negative(splat(largest - now)));
  sum = sum * decay + lane_sum(added);
  largest = now;
  for_vectors(0, p.head_dim, [&](std::int64_t d, auto lanes) HWY_ATTR {
    const float* value = v + first * row_stride() + d;
    FloatVec total = hn::Mul(lanes.load(out + d), splat(decay));
    for (std::int64_t j = 0; j < keys; ++j, value += row_stride())
      total = hn::MulAdd(splat(weights[j]), lanes.load(value), total);
    lanes.store(total, out + d);
  });
}

inline void run_forward_queries(const Attention& p, ThreadPool& pool, float*) {
  const std::int64_t group = p.heads / p.kv_heads;
  pool.for_chunks(p.queries * p.heads, [&](std::int64_t chunk, int) HWY_ATTR {
    const std::int64_t query = chunk / p.heads, kv_head = chunk % p.heads / group;
    QueryHead head{p, p.q + chunk * p.head_dim, p.k + kv_head * p.head_dim,
                   p.v + kv_head * p.head_dim, p.out + chunk * p.head_dim};
    std::fill(head.out, head.out + p.head_dim, 0.0f);
    for (std::int64_t key = p.key_begin[query]; key < p.key_end[query]; key += kAttentionKeys)
      head.see_keys(key, std::min<std::int64_t>(kAttentionKeys, p.key_end[query] - key));
    const FloatVec inverse = splat(head.sum == 0.0f ? 0.0f : 1.0f / head.sum);
    for_vectors(0, p.head_dim, [&](std::int64_t d, auto lanes) HWY_ATTR {
      lanes.store(hn::Mul(lanes.load(head.out + d), inverse), head.out + d);
    });
    if (p.log_sum_exp)
      p.log_sum_exp[chunk] = head.largest * std::numbers::ln2_v<float> + std::log(head.sum);
  });
}

}  // namespace lab::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
