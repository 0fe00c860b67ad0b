// Attention backward by tiles: the weights are made again from log_sum_exp (arXiv 2307.08691).

#if defined(LAB_ATTENTION_BACKWARD_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LAB_ATTENTION_BACKWARD_INL_H_
#undef LAB_ATTENTION_BACKWARD_INL_H_
#else
#define LAB_ATTENTION_BACKWARD_INL_H_
#endif

#include <utility>

#include "kernels/attention/tile-inl.h"
#include "kernels/chunks.h"
#include "kernels/exp/exp-inl.h"
#include "kernels/isa.h"

HWY_BEFORE_NAMESPACE();
namespace lab::kernels::HWY_NAMESPACE {

/// Columns that one tile of keys meets at a time, in tiles; more would leave threads idle.
inline constexpr std::int64_t kBlockColumns = 2 * kAttentionColumns;

/// One block of keys with one block of columns, for one head of keys.
template <class Tiles>
struct BackwardBlock {
  const AttentionGradient& p;
  BackwardTiles tiles;
  std::int64_t kv_head, key, keys;
  std::int64_t group, width;
  bool loaded[kMostKeyTiles] = {};  ///< tiles of keys

  void run(std::int64_t first_column, std::int64_t columns);

 private:
  void see_columns(std::int64_t first, std::int64_t count);
  void load_tile(int tile);
  void see_tile(int tile, std::int64_t first, Rows rows);
  void weights_and_scores(std::int64_t first, Rows rows, std::int64_t first_key, std::int64_t count, int vectors);
  std::int64_t keys_of(int tile) const { return std::min(kAttentionKeys, keys - tile * kAttentionKeys); }
  int key_tiles() const { return static_cast<int>((keys + kAttentionKeys - 1) / kAttentionKeys); }
};

/// Scores become weights P = exp(score - log_sum_exp), and d_out v^T becomes
/// d score = P (d_out v^T - delta) scale.
template <class Tiles>
inline void BackwardBlock<Tiles>::weights_and_scores(std::int64_t first, Rows rows, std::int64_t first_key,
                                                     std::int64_t count, int vectors) {
  const Attention& f = p.forward;
  const FloatVec slope = splat(f.scale * kLog2E), scale = splat(f.scale);
  for (std::int64_t row = rows.begin; row < rows.end(); ++row) {
    const std::int64_t query = (first + row) / group;
    const std::int64_t at = query * f.heads + kv_head * group + (first + row) % group;
    const VisibleKeys visible(f, query, first_key, count);
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

template <class Tiles>
inline void BackwardBlock<Tiles>::load_tile(int tile) {
  if (std::exchange(loaded[tile], true)) return;
  const Attention& f = p.forward;
  const KeyTile& t = tiles.keys[tile];
  const std::int64_t first = key + tile * kAttentionKeys, count = keys_of(tile);
  load_keys(f, f.k, kv_head, first, count, width, t.keys);
  load_keys_transposed(f, f.k, kv_head, first, count, t.keys_transposed);
  load_keys_transposed(f, f.v, kv_head, first, count, t.values_transposed);
  load_keys(f, p.dk, kv_head, first, count, width, t.dk);
  load_keys(f, p.dv, kv_head, first, count, width, t.dv);
  Tiles::rows(t.keys, count, static_cast<int>(width), width, t.keys);
  for (float* transposed : {t.keys_transposed, t.values_transposed})
    Tiles::rows(transposed, f.head_dim, kAttentionKeys, kAttentionKeys, transposed);
}

/// The rows, of the columns from `first` on, with a tile of keys.
template <class Tiles>
inline void BackwardBlock<Tiles>::see_tile(int tile, std::int64_t first, Rows rows) {
  const KeyTile& t = tiles.keys[tile];
  const std::int64_t count = keys_of(tile), row = rows.begin * width, score = rows.begin * kAttentionKeys;
  const int tall = padded_rows(rows.count), key_rows = padded_rows(count), across = static_cast<int>(width);
  const int seen = static_cast<int>(rows.count), vectors = static_cast<int>((count + kLanes - 1) / kLanes);
  const int depth = Tiles::depth(static_cast<int>(p.forward.head_dim));
  float *weights = tiles.weights + score, *d_scores = tiles.d_scores + score;
  multiply_tiles<Tiles, Left::kRows>({tall, vectors, depth, tiles.q_columns + row, width, t.keys_transposed,
                                      kAttentionKeys, weights, kAttentionKeys, false});
  multiply_tiles<Tiles, Left::kRows>({tall, vectors, depth, tiles.d_out_columns + row, width,
                                      t.values_transposed, kAttentionKeys, d_scores, kAttentionKeys, false});
  weights_and_scores(first, rows, key + tile * kAttentionKeys, count, vectors);
  const float* d_score_columns = Tiles::columns(d_scores, tall, vectors * kLanes, kAttentionKeys, tiles.d_score_columns);
  const float* weight_rows = Tiles::rows(weights, seen, kAttentionKeys, kAttentionKeys, weights);
  const float* d_score_rows = Tiles::rows(d_scores, seen, kAttentionKeys, kAttentionKeys, d_scores);
  // Rows begin at an even one, so their pairs begin at half of that.
  const std::int64_t pair = Tiles::depth(static_cast<int>(rows.begin)) * width;
  multiply_tiles<Tiles, Left::kColumns>({key_rows, across / kLanes, Tiles::depth(seen), weight_rows, kAttentionKeys,
                                         tiles.d_out + pair, width, t.dv, width, true});
  multiply_tiles<Tiles, Left::kColumns>({key_rows, across / kLanes, Tiles::depth(seen), d_score_rows, kAttentionKeys,
                                         tiles.q + pair, width, t.dk, width, true});
  multiply_tiles<Tiles, Left::kRows>({tall, across / kLanes, Tiles::depth(static_cast<int>(count)), d_score_columns,
                                      kAttentionKeys, t.keys, width, tiles.dq + row, width, true});
}

template <class Tiles>
inline void BackwardBlock<Tiles>::see_columns(std::int64_t first, std::int64_t count) {
  const Attention& f = p.forward;
  load_columns(f, f.q, kv_head, first, count, width, tiles.q);
  load_columns(f, p.d_out, kv_head, first, count, width, tiles.d_out);
  load_columns(f, p.dq, kv_head, first, count, width, tiles.dq);
  const int tall = padded_rows(count), across = static_cast<int>(width);
  tiles.q_columns = Tiles::columns(tiles.q, tall, across, width, tiles.q_pairs);
  tiles.d_out_columns = Tiles::columns(tiles.d_out, tall, across, width, tiles.d_out_pairs);
  Tiles::rows(tiles.q, tall, across, width, tiles.q);
  Tiles::rows(tiles.d_out, tall, across, width, tiles.d_out);
  for (int tile = 0; tile < key_tiles(); ++tile) {
    const Rows rows = rows_that_see(f, first, count, key + tile * kAttentionKeys, keys_of(tile));
    if (rows.count == 0) continue;
    load_tile(tile);
    see_tile(tile, first, rows);
  }
  store_columns(f, tiles.dq, kv_head, first, count, width, p.dq);
}

template <class Tiles>
inline void BackwardBlock<Tiles>::run(std::int64_t first_column, std::int64_t columns) {
  const Attention& f = p.forward;
  const std::int64_t end = first_column + columns;
  for (std::int64_t first = first_column; first < end; first += kAttentionColumns) {
    const Rows rows = rows_that_see(f, first, std::min(kAttentionColumns, end - first), key, keys);
    if (rows.count > 0) see_columns(first + rows.begin, rows.count);
  }
  for (int tile = 0; tile < key_tiles(); ++tile) {
    if (!loaded[tile]) continue;
    const std::int64_t at = key + tile * kAttentionKeys;
    store_keys(f, tiles.keys[tile].dk, kv_head, at, keys_of(tile), width, p.dk);
    store_keys(f, tiles.keys[tile].dv, kv_head, at, keys_of(tile), width, p.dv);
  }
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

template <class Tiles>
void run_backward_with(const AttentionGradient& p, ThreadPool& pool, float* scratch) {
  const Attention& f = p.forward;
  const std::int64_t group = f.heads / f.kv_heads, columns = f.queries * group;
  const std::int64_t width = whole_vectors(f.head_dim);
  run_delta(p, pool);
  const std::int64_t key_tiles = key_tiles_of_a_block(f.keys, width);
  const std::int64_t block_keys = key_tiles * kAttentionKeys, block_columns = key_tiles * kBlockColumns;
  const std::int64_t key_blocks = (f.keys + block_keys - 1) / block_keys;
  const std::int64_t column_blocks = (columns + block_columns - 1) / block_columns;
  const std::int64_t rounds = std::max(key_blocks, column_blocks);
  // In a round every block of keys meets another block of columns, so no sum is shared.
  for (std::int64_t round = 0; round < rounds; ++round) {
    pool.for_chunks(rounds * f.kv_heads, [&](std::int64_t chunk, int worker) HWY_ATTR {
      const std::int64_t key_block = chunk / f.kv_heads;
      const std::int64_t column_block = (key_block + round) % rounds;
      if (key_block >= key_blocks || column_block >= column_blocks) return;
      const std::int64_t key = key_block * block_keys, first = column_block * block_columns;
      BackwardBlock<Tiles> block{p, BackwardTiles(scratch + worker * kAttentionScratchFloats, width, key_tiles),
                                 chunk % f.kv_heads, key, std::min(block_keys, f.keys - key), group, width};
      block.run(first, std::min(block_columns, columns - first));
    });
  }
}

inline void run_backward_tiles(const AttentionGradient& p, ThreadPool& pool, float* scratch) {
#if HWY_TARGET == HWY_AVX3
  if (p.forward.bfloat16) return has_amx() ? run_backward_with<AmxPairTiles>(p, pool, scratch) : run_backward_with<PairTiles>(p, pool, scratch);
#endif
  run_backward_with<FloatTiles>(p, pool, scratch);
}

}  // namespace lab::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
