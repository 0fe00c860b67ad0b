// Attention of few queries, as in decoding: the keys are read once, by pieces, for all heads that
// share them.

#if defined(LAB_ATTENTION_DECODE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LAB_ATTENTION_DECODE_INL_H_
#undef LAB_ATTENTION_DECODE_INL_H_
#else
#define LAB_ATTENTION_DECODE_INL_H_
#endif

#include <cmath>
#include <limits>

#include "kernels/attention/tile-inl.h"
#include "kernels/exp/exp-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lab::kernels::HWY_NAMESPACE {

/// Keys of a query are cut into at most so many pieces, each of at least so many keys.
inline constexpr std::int64_t kDecodePieces = 8, kDecodeKeys = 4 * kAttentionKeys;

#if HWY_TARGET != HWY_SCALAR
template <class V, class D>
HWY_INLINE hn::Vec<hn::CappedTag<float, 4>> fold_blocks(V v, D d) {
  if constexpr (hn::MaxLanes(D()) > 4) {
    const hn::Half<D> half;
    return fold_blocks(hn::Add(hn::LowerHalf(half, v), hn::UpperHalf(half, v)), half);
  } else {
    (void)d;
    return v;
  }
}

/// Stores the lane sums of a, b, c and e to four floats.
HWY_INLINE void store_lane_sums(FloatVec a, FloatVec b, FloatVec c, FloatVec e, float* to) {
  const hn::RepartitionToWide<FloatTag> wide;
  const auto pairs = [](FloatVec x, FloatVec y) HWY_ATTR {
    return hn::Add(hn::InterleaveLower(kFloats, x, y), hn::InterleaveUpper(kFloats, x, y));
  };
  const FloatVec ab = pairs(a, b), ce = pairs(c, e);
  const auto low = hn::InterleaveLower(wide, hn::BitCast(wide, ab), hn::BitCast(wide, ce));
  const auto high = hn::InterleaveUpper(wide, hn::BitCast(wide, ab), hn::BitCast(wide, ce));
  const FloatVec sums = hn::Add(hn::BitCast(kFloats, low), hn::BitCast(kFloats, high));
  hn::StoreU(fold_blocks(sums, kFloats), hn::CappedTag<float, 4>(), to);
}
#endif

/// scores[j] = q k_j for `keys` rows of k, row_stride apart.
inline void score_keys(const float* q, const float* k, std::int64_t row_stride, std::int64_t keys,
                       std::int64_t head_dim, float* scores) {
  std::int64_t j = 0;
#if HWY_TARGET != HWY_SCALAR
  for (; j + 4 <= keys; j += 4) {
    const float *k0 = k + j * row_stride, *k1 = k0 + row_stride;
    const float *k2 = k1 + row_stride, *k3 = k2 + row_stride;
    FloatVec a = hn::Zero(kFloats), b = a, c = a, e = a;
    for_vectors(0, head_dim, [&](std::int64_t d, auto lanes) HWY_ATTR {
      const FloatVec x = lanes.load(q + d);
      a = hn::MulAdd(x, lanes.load(k0 + d), a);
      b = hn::MulAdd(x, lanes.load(k1 + d), b);
      c = hn::MulAdd(x, lanes.load(k2 + d), c);
      e = hn::MulAdd(x, lanes.load(k3 + d), e);
    });
    store_lane_sums(a, b, c, e, scores + j);
  }
#endif
  for (; j < keys; ++j) scores[j] = dot(q, k + j * row_stride, head_dim);
}

/// out = out * decay + sum_j weights[j] v_j.
inline void add_values(const float* weights, const float* v, std::int64_t row_stride,
                       std::int64_t keys, std::int64_t head_dim, float decay, float* out) {
  std::int64_t d = 0;
  for (; d + 4 * kLanes <= head_dim; d += 4 * kLanes) {
    FloatVec sums[4];
    LAB_UNROLL
    for (int i = 0; i < 4; ++i)
      sums[i] = hn::Mul(hn::LoadU(kFloats, out + d + i * kLanes), splat(decay));
    for (std::int64_t j = 0; j < keys; ++j) {
      const FloatVec weight = splat(weights[j]);
      const float* value = v + j * row_stride + d;
      LAB_UNROLL
      for (int i = 0; i < 4; ++i)
        sums[i] = hn::MulAdd(weight, hn::LoadU(kFloats, value + i * kLanes), sums[i]);
    }
    LAB_UNROLL
    for (int i = 0; i < 4; ++i) hn::StoreU(sums[i], kFloats, out + d + i * kLanes);
  }
  for_vectors(d, head_dim, [&](std::int64_t i, auto lanes) HWY_ATTR {
    FloatVec sum = hn::Mul(lanes.load(out + i), splat(decay));
    for (std::int64_t j = 0; j < keys; ++j)
      sum = hn::MulAdd(splat(weights[j]), lanes.load(v + j * row_stride + i), sum);
    lanes.store(sum, out + i);
  });
}

/// Goes on with at most kAttentionKeys further keys.
inline void see_keys(const Attention& p, const float* q, const float* k, const float* v,
                     std::int64_t keys, DecodePiece& piece) {
  HWY_ALIGN float weights[kAttentionKeys];
  const std::int64_t row_stride = p.kv_heads * p.head_dim;
  score_keys(q, k, row_stride, keys, p.head_dim, weights);
  const FloatVec slope = splat(p.scale * kLog2E);
  FloatVec most = splat(piece.largest);
  for_vectors(0, keys, [&](std::int64_t j, auto lanes) HWY_ATTR {
    const FloatVec score = hn::Mul(lanes.load(weights + j), slope);
    lanes.store(score, weights + j);
    most = hn::Max(most, lanes.others(score, piece.largest));
  });
  const float now = lane_max(most);
  FloatVec added = hn::Zero(kFloats);
  for_vectors(0, keys, [&](std::int64_t j, auto lanes) HWY_ATTR {
    const FloatVec e = exp2_negative(hn::Sub(lanes.load(weights + j), splat(now)));
    lanes.store(e, weights + j);
    added = hn::Add(added, lanes.others(e, 0.0f));
  });
  const float decay = hn::GetLane(exp2_negative(splat(piece.largest - now)));
  piece.sum = piece.sum * decay + lane_sum(added);
  piece.largest = now;
  add_values(weights, v, row_stride, keys, p.head_dim, decay, piece.out());
}

/// Joins the pieces of one head: to out and log_sum_exp.
inline void join_pieces(const Attention& p, std::int64_t query, std::int64_t head,
                        std::int64_t pieces, float* first, std::int64_t stride) {
  const auto piece = [&](std::int64_t i) {
    return reinterpret_cast<DecodePiece*>(first + i * stride);
  };
  float* out = p.out + (query * p.heads + head) * p.head_dim;
  std::fill(out, out + p.head_dim, 0.0f);
  float largest = -std::numeric_limits<float>::infinity(), sum = 0;
  for (std::int64_t i = 0; i < pieces; ++i) largest = std::max(largest, piece(i)->largest);
  for (std::int64_t i = 0; i < pieces; ++i)
    sum += piece(i)->sum * std::exp2(piece(i)->largest - largest);
  for (std::int64_t i = 0; i < pieces; ++i)
    add_scaled(std::exp2(piece(i)->largest - largest) / sum, piece(i)->out(), out, p.head_dim);
  if (p.log_sum_exp)
    p.log_sum_exp[query * p.heads + head] =
        largest * std::numbers::ln2_v<float> + std::log(sum);
}

inline void run_one_query(const Attention& p, std::int64_t query, ThreadPool& pool,
                          float* scratch) {
  const std::int64_t group = p.heads / p.kv_heads, stride = decode_piece_floats(p.head_dim);
  const std::int64_t begin = p.key_begin[query], keys = p.key_end[query] - begin;
  const std::int64_t fit = kAttentionScratchFloats / (p.heads * stride);
  const std::int64_t most =
      std::clamp<std::int64_t>(keys / kDecodeKeys, 1, std::min(fit, kDecodePieces));
  const std::int64_t length = (keys + most - 1) / most;
  // Rounding the length up may leave fewer pieces.
  const std::int64_t pieces = keys > 0 ? (keys + length - 1) / length : 0;
  const auto piece_of = [&](std::int64_t head, std::int64_t i) {
    return scratch + (head * pieces + i) * stride;
  };
  pool.for_chunks(p.kv_heads * pieces, [&](std::int64_t chunk, int) HWY_ATTR {
    const std::int64_t kv_head = chunk / pieces, index = chunk % pieces;
    const std::int64_t end = std::min((index + 1) * length, keys);
    for (std::int64_t head = kv_head * group; head < (kv_head + 1) * group; ++head) {
      float* at = piece_of(head, index);
      std::fill(at, at + stride, 0.0f);
      reinterpret_cast<DecodePiece*>(at)->largest = -std::numeric_limits<float>::infinity();
    }
    for (std::int64_t key = index * length; key < end; key += kAttentionKeys) {
      const std::int64_t row = ((begin + key) * p.kv_heads + kv_head) * p.head_dim;
      for (std::int64_t head = kv_head * group; head < (kv_head + 1) * group; ++head)
        see_keys(p, p.q + (query * p.heads + head) * p.head_dim, p.k + row, p.v + row,
                 std::min(kAttentionKeys, end - key),
                 *reinterpret_cast<DecodePiece*>(piece_of(head, index)));
    }
  });
  for (std::int64_t head = 0; head < p.heads; ++head)
    join_pieces(p, query, head, pieces, piece_of(head, 0), stride);
}

inline void run_forward_queries(const Attention& p, ThreadPool& pool, float* scratch) {
  for (std::int64_t query = 0; query < p.queries; ++query) run_one_query(p, query, pool, scratch);
}

}  // namespace lab::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
