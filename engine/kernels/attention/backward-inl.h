// Attention backward by tiles: the weights are made again from log_sum_exp (arXiv 2307.08691).

#if defined(LAB_ATTENTION_BACKWARD_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LAB_ATTENTION_BACKWARD_INL_H_
#undef LAB_ATTENTION_BACKWARD_INL_H_
#else
#define LAB_ATTENTION_BACKWARD_INL_H_
#endif

#include "kernels/attention/tile-inl.h"
#include "kernels/chunks.h"
#include "kernels/exp/exp-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lab::kernels::HWY_NAMESPACE {

/// Columns that one block of keys meets at a time, in tiles; more would leave threads idle.
inline constexpr std::int64_t kBlockColumns = 2 * kAttentionColumns;

/// One block of keys with one block of columns, for one head of keys.
struct BackwardBlock {
  const AttentionGradient& p;
  BackwardTiles tiles;
  std::int64_t kv_head, key, keys;
  std::int64_t group, width;

  void run(std::int64_t first_column, std::int64_t columns);

 private:
  void see_columns(std::int64_t first, std::int64_t count);
  void weights_and_scores(std::int64_t first, std::int64_t count, int vectors);
};

/// Scores become weights P = exp(score - log_sum_exp), and d_out v^T becomes
/// d score = P (d_out v^T - delta) scale.
inline void BackwardBlock::weights_and_scores(std::int64_t first, std::int64_t count,
                                              int vectors) {
  const Attention& f = p.forward;
  const FloatVec slope = splat(f.scale * kLog2E), scale = splat(f.scale);
  for (std::int64_t row = 0; row < count; ++row) {
    const std::int64_t query = (first + row) / group;
    const std::int64_t at = query * f.heads + kv_head * group + (first + row) % group;
    const VisibleKeys visible(f, query, key, keys);
    const bool all = visible.all_of(vectors * kLanes);
    const FloatVec shift = splat(f.log_sum_exp[at] * kLog2E), delta = splat(p.delta[at]);
    float* weights = tiles.weights + row * kAttentionKeys;
    float* d_scores = tiles.d_scores + row * kAttentionKeys;
    for (int j = 0; j < vectors * kLanes; j += kLanes) {
      FloatVec w = exp2_negative(hn::MulSub(hn::Load(kFloats, weights + j), slope, shift));
      FloatVec d = hn::Mul(hn::Sub(hn::Load(kFloats, d_scores + j), delta), hn::Mul(w, scale));
      if (!all) {
        const auto mask = visible.mask(j);
        w = hn::IfThenElseZero(mask, w);
        d = hn::IfThenElseZero(mask, d);
      }
      hn::Store(w, kFloats, weights + j);
      hn::Store(d, kFloats, d_scores + j);
    }
  }
}

inline void BackwardBlock::see_columns(std::int64_t first, std::int64_t count) {
  const Attention& f = p.forward;
  load_columns(f, f.q, kv_head, first, count, width, tiles.q);
  load_columns(f, p.d_out, kv_head, first, count, width, tiles.d_out);
  load_columns(f, p.dq, kv_head, first, count, width, tiles.dq);
  const int rows = padded_rows(count), key_rows = padded_rows(keys);
  const int depth = static_cast<int>(f.head_dim), across = static_cast<int>(width / kLanes);
  const int vectors = static_cast<int>((keys + kLanes - 1) / kLanes);
  multiply_tiles<Left::kRows>({rows, vectors, depth, tiles.q, width, tiles.keys_transposed,
                               kAttentionKeys, tiles.weights, kAttentionKeys, false});
  multiply_tiles<Left::kRows>({rows, vectors, depth, tiles.d_out, width, tiles.values_transposed,
                               kAttentionKeys, tiles.d_scores, kAttentionKeys, false});
  weights_and_scores(first, count, vectors);
  const int seen = static_cast<int>(count);
  multiply_tiles<Left::kColumns>({key_rows, across, seen, tiles.weights, kAttentionKeys,
                                  tiles.d_out, width, tiles.dv, width, true});
  multiply_tiles<Left::kColumns>({key_rows, across, seen, tiles.d_scores, kAttentionKeys, tiles.q,
                                  width, tiles.dk, width, true});
  multiply_tiles<Left::kRows>({rows, across, static_cast<int>(keys), tiles.d_scores,
                               kAttentionKeys, tiles.keys, width, tiles.dq, width, true});
  store_columns(f, tiles.dq, kv_head, first, count, width, p.dq);
}

inline void BackwardBlock::run(std::int64_t first_column, std::int64_t columns) {
  const Attention& f = p.forward;
  const std::int64_t end = first_column + columns;
  bool loaded = false;
  for (std::int64_t first = first_column; first < end; first += kAttentionColumns) {
    const Rows rows =
        rows_that_see(f, first, std::min(kAttentionColumns, end - first), key, keys);
    if (rows.count == 0) continue;
    if (!loaded) {
      load_keys(f, f.k, kv_head, key, keys, width, tiles.keys);
      load_keys_transposed(f, f.k, kv_head, key, keys, tiles.keys_transposed);
      load_keys_transposed(f, f.v, kv_head, key, keys, tiles.values_transposed);
      load_keys(f, p.dk, kv_head, key, keys, width, tiles.dk);
      load_keys(f, p.dv, kv_head, key, keys, width, tiles.dv);
      loaded = true;
    }
    see_columns(first + rows.begin, rows.count);
  }
  if (!loaded) return;
  store_keys(f, tiles.dk, kv_head, key, keys, width, p.dk);
  store_keys(f, tiles.dv, kv_head, key, keys, width, p.dv);
}

/// delta = row sums of d_out * out, for each query and head.
inline void run_delta(const AttentionGradient& p, ThreadPool& pool) {
  const Attention& f = p.forward;
  for_ranges(pool, f.queries * f.heads, rows_per_chunk(f.head_dim),
             [&](std::int64_t begin, std::int64_t end) HWY_ATTR {
    for (std::int64_t i = begin; i < end; ++i)
      p.delta[i] = dot(p.d_out + i * f.head_dim, f.out + i * f.head_dim, f.head_dim);
  });
}

inline void run_backward_tiles(const AttentionGradient& p, ThreadPool& pool, float* scratch) {
  const Attention& f = p.forward;
  const std::int64_t group = f.heads / f.kv_heads, columns = f.queries * group;
  const std::int64_t width = whole_vectors(f.head_dim);
  run_delta(p, pool);
  const std::int64_t key_blocks = (f.keys + kAttentionKeys - 1) / kAttentionKeys;
  const std::int64_t column_blocks = (columns + kBlockColumns - 1) / kBlockColumns;
  const std::int64_t rounds = std::max(key_blocks, column_blocks);
  // In a round every block of keys meets another block of columns, so no sum is shared.
  for (std::int64_t round = 0; round < rounds; ++round) {
    pool.for_chunks(rounds * f.kv_heads, [&](std::int64_t chunk, int worker) HWY_ATTR {
      const std::int64_t key_block = chunk / f.kv_heads;
      const std::int64_t column_block = (key_block + round) % rounds;
      if (key_block >= key_blocks || column_block >= column_blocks) return;
      const std::int64_t key = key_block * kAttentionKeys, first = column_block * kBlockColumns;
      BackwardBlock block{p, BackwardTiles(scratch + worker * kAttentionScratchFloats, width),
                          chunk % f.kv_heads, key, std::min(kAttentionKeys, f.keys - key), group,
                          width};
      block.run(first, std::min(kBlockColumns, columns - first));
    });
  }
}

}  // namespace lab::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
