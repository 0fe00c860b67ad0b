// Attention forward by tiles: scores, running softmax, weighted values (arXiv 2205.14135).

#if defined(LAB_ATTENTION_FORWARD_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LAB_ATTENTION_FORWARD_INL_H_
#undef LAB_ATTENTION_FORWARD_INL_H_
#else
#define LAB_ATTENTION_FORWARD_INL_H_
#endif

#include <cmath>
#include <limits>

#include "kernels/attention/tile-inl.h"
#include "kernels/exp/exp-inl.h"
#include "kernels/isa.h"

HWY_BEFORE_NAMESPACE();
namespace lab::kernels::HWY_NAMESPACE {

inline constexpr float kMinusInfinity = -std::numeric_limits<float>::infinity();

/// One tile of columns of one head of keys.
template <class Tiles>
struct ForwardTile {
  const Attention& p;
  ForwardTiles tiles;
  std::int64_t kv_head, first, count;  ///< columns
  std::int64_t group, width;
  const float* q = nullptr;  ///< tiles.q as the products take it

  void run();

 private:
  std::int64_t query_of(std::int64_t row) const { return (first + row) / group; }
  void see_keys(std::int64_t key, std::int64_t keys);
  void mask_scores(Rows rows, std::int64_t key, std::int64_t keys, int vectors);
  void raise_largest(Rows rows, int vectors);
  void take_exponentials(Rows rows, int vectors);
  void finish();
};

/// Scores of invisible keys become -infinity.
template <class Tiles>
inline void ForwardTile<Tiles>::mask_scores(Rows rows, std::int64_t key, std::int64_t keys,
                                     int vectors) {
  for (std::int64_t row = rows.begin; row < rows.end(); ++row) {
    const VisibleKeys visible(p, query_of(row), key, keys);
    if (visible.all_of(vectors * kLanes)) continue;
    float* scores = tiles.scores + row * kAttentionKeys;
    for (int j = 0; j < vectors * kLanes; j += kLanes)
      hn::Store(hn::IfThenElse(visible.mask(j), hn::Load(kFloats, scores + j),
                               splat(kMinusInfinity)),
                kFloats, scores + j);
  }
}

/// largest = max(largest, scores) by rows; decay = exp(scale * (old - new)).
template <class Tiles>
inline void ForwardTile<Tiles>::raise_largest(Rows rows, int vectors) {
  // Whole vectors of rows: those outside keep their largest score.
  const std::int64_t begin = rows.begin / kLanes * kLanes;
  const std::int64_t end = (rows.end() + kLanes - 1) / kLanes * kLanes;
  std::copy(tiles.largest + begin, tiles.largest + end, tiles.decay + begin);
  for (std::int64_t row = rows.begin; row < rows.end(); ++row) {
    const float* scores = tiles.scores + row * kAttentionKeys;
    FloatVec largest = hn::Load(kFloats, scores);
    for (int v = 1; v < vectors; ++v)
      largest = hn::Max(largest, hn::Load(kFloats, scores + v * kLanes));
    tiles.decay[row] = std::max(lane_max(largest), tiles.largest[row]);
  }
  for (std::int64_t i = begin; i < end; i += kLanes) {
    const FloatVec old = hn::Load(kFloats, tiles.largest + i);
    const FloatVec now = hn::Load(kFloats, tiles.decay + i);
    // Nothing seen yet: any finite number does, so that no infinities are subtracted.
    const FloatVec safe = hn::IfThenZeroElse(hn::Eq(now, splat(kMinusInfinity)), now);
    const FloatVec decay = exp2_negative(hn::Mul(hn::Sub(old, safe), splat(p.scale * kLog2E)));
    hn::Store(now, kFloats, tiles.largest + i);
    hn::Store(decay, kFloats, tiles.decay + i);
  }
}

/// Scores become exponentials; sums and out move to the new largest score.
template <class Tiles>
inline void ForwardTile<Tiles>::take_exponentials(Rows rows, int vectors) {
  const FloatVec slope = splat(p.scale * kLog2E);
  for (std::int64_t row = rows.begin; row < rows.end(); ++row) {
    float* scores = tiles.scores + row * kAttentionKeys;
    const float largest = tiles.largest[row] == kMinusInfinity ? 0.0f : tiles.largest[row];
    const FloatVec shift = splat(largest * (p.scale * kLog2E));
    FloatVec sum = hn::Zero(kFloats);
    for (int v = 0; v < vectors; ++v) {
      const FloatVec x = hn::MulSub(hn::Load(kFloats, scores + v * kLanes), slope, shift);
      const FloatVec e = exp2_negative(x);
      hn::Store(e, kFloats, scores + v * kLanes);
      sum = hn::Add(sum, e);
    }
    float* sums = tiles.sums + row * kAttentionWidestVector;
    const FloatVec decay = splat(tiles.decay[row]);
    hn::Store(hn::MulAdd(hn::Load(kFloats, sums), decay, sum), kFloats, sums);
    if (tiles.decay[row] == 1.0f) continue;
    float* out = tiles.out + row * width;
    for (std::int64_t d = 0; d < width; d += kLanes)
      hn::Store(hn::Mul(hn::Load(kFloats, out + d), decay), kFloats, out + d);
  }
}

template <class Tiles>
inline void ForwardTile<Tiles>::see_keys(std::int64_t key, std::int64_t keys) {
  const Rows rows = rows_that_see(p, first, count, key, keys);
  if (rows.count == 0) return;
  const int vectors = static_cast<int>((keys + kLanes - 1) / kLanes);
  load_keys_transposed(p, p.k, kv_head, key, keys, tiles.keys);
  load_keys(p, p.v, kv_head, key, keys, width, tiles.values);
  const int tall = padded_rows(rows.count), depth = static_cast<int>(p.head_dim);
  const int across = static_cast<int>(width), seen = static_cast<int>(keys);
  float* scores = tiles.scores + rows.begin * kAttentionKeys;
  const float* key_columns =
      Tiles::rows(tiles.keys, depth, kAttentionKeys, kAttentionKeys, tiles.keys);
  multiply_tiles<Tiles, Left::kRows>({tall, vectors, Tiles::depth(depth), q + rows.begin * width,
                                      width, key_columns, kAttentionKeys, scores, kAttentionKeys,
                                      false});
  const std::int64_t last = query_of(rows.end() - 1);
  const bool all_visible = p.key_begin[last] <= key && keys == vectors * kLanes &&
                           p.key_end[query_of(rows.begin)] >= key + keys;
  if (!all_visible) mask_scores(rows, key, keys, vectors);
  raise_largest(rows, vectors);
  take_exponentials(rows, vectors);
  const float* weights = Tiles::columns(scores, tall, vectors * kLanes, kAttentionKeys, scores);
  const float* values = Tiles::rows(tiles.values, seen, across, width, tiles.values);
  multiply_tiles<Tiles, Left::kRows>({tall, across / kLanes, Tiles::depth(seen), weights,
                                      kAttentionKeys, values, width,
                                      tiles.out + rows.begin * width, width, true});
}

template <class Tiles>
inline void ForwardTile<Tiles>::finish() {
  for (std::int64_t row = 0; row < count; ++row) {
    const float sum = lane_sum(hn::Load(kFloats, tiles.sums + row * kAttentionWidestVector));
    const FloatVec inverse = splat(sum == 0.0f ? 0.0f : 1.0f / sum);
    float* out = tiles.out + row * width;
    for (std::int64_t d = 0; d < width; d += kLanes)
      hn::Store(hn::Mul(hn::Load(kFloats, out + d), inverse), kFloats, out + d);
    if (!p.log_sum_exp) continue;
    const std::int64_t head = kv_head * group + (first + row) % group;
    p.log_sum_exp[query_of(row) * p.heads + head] =
        sum == 0.0f ? kMinusInfinity : tiles.largest[row] * p.scale + std::log(sum);
  }
  store_columns(p, tiles.out, kv_head, first, count, width, p.out);
}

template <class Tiles>
inline void ForwardTile<Tiles>::run() {
  load_columns(p, p.q, kv_head, first, count, width, tiles.q);
  q = Tiles::columns(tiles.q, padded_rows(count), static_cast<int>(width), width, tiles.q);
  std::fill(tiles.out, tiles.out + kAttentionColumns * width, 0.0f);
  std::fill(tiles.sums, tiles.sums + kAttentionColumns * kAttentionWidestVector, 0.0f);
  std::fill(tiles.largest, tiles.largest + kAttentionColumns, kMinusInfinity);
  const std::int64_t end = p.key_end[query_of(count - 1)];
  for (std::int64_t key = p.key_begin[query_of(0)]; key < end; key += kAttentionKeys)
    see_keys(key, std::min(kAttentionKeys, end - key));
  finish();
}

template <class Tiles>
void run_forward_with(const Attention& p, ThreadPool& pool, float* scratch) {
  const std::int64_t group = p.heads / p.kv_heads, columns = p.queries * group;
  const std::int64_t width = whole_vectors(p.head_dim);
  const std::int64_t tiles = (columns + kAttentionColumns - 1) / kAttentionColumns;
  pool.for_chunks(tiles * p.kv_heads, [&](std::int64_t chunk, int worker) HWY_ATTR {
    // Under a causal mask later queries see more keys: the long pieces come first.
    const std::int64_t first = (tiles - 1 - chunk / p.kv_heads) * kAttentionColumns;
    ForwardTile<Tiles> tile{p, ForwardTiles(scratch + worker * kAttentionScratchFloats, width),
                     chunk % p.kv_heads, first, std::min(kAttentionColumns, columns - first),
                     group, width};
    tile.run();
  });
}

inline void run_forward_tiles(const Attention& p, ThreadPool& pool, float* scratch) {
#if HWY_TARGET == HWY_AVX3
  if (p.bfloat16) return has_amx() ? run_forward_with<AmxPairTiles>(p, pool, scratch) : run_forward_with<PairTiles>(p, pool, scratch);
#endif
  run_forward_with<FloatTiles>(p, pool, scratch);
}

}  // namespace lab::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
