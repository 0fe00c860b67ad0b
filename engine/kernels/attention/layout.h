// Sizes of attention's tiles, and how a thread's scratch is divided among them.
#pragma once

#include <algorithm>
#include <cstdint>

#include "kernels/attention/attention.h"

namespace lab::kernels {

/// Queries times heads of a group, and keys, that one tile of scores covers.
inline constexpr std::int64_t kAttentionColumns = 192, kAttentionKeys = 48;
/// Floats of the widest vector.
inline constexpr std::int64_t kAttentionWidestVector = 16;
/// Tiles of keys in a block of the backward pass.
inline constexpr std::int64_t kMostKeyTiles = 4;

/// Hands out pieces of scratch memory; each starts a cache line if all are multiples of 16 floats.
class ScratchPieces {
 public:
  explicit ScratchPieces(float* at) : at_(at) {}
  float* take(std::int64_t floats) {
    float* piece = at_;
    at_ += floats;
    return piece;
  }

 private:
  float* at_;
};

/// A thread's tiles in the forward pass; `width` is head_dim in whole vectors.
struct ForwardTiles {
  ForwardTiles(float* scratch, std::int64_t width) {
    ScratchPieces pieces(scratch);
    q = pieces.take(kAttentionColumns * width);
    out = pieces.take(kAttentionColumns * width);
    keys = pieces.take(kAttentionKeys * width);
    values = pieces.take(kAttentionKeys * width);
    scores = pieces.take(kAttentionColumns * kAttentionKeys);
    sums = pieces.take(kAttentionColumns * kAttentionWidestVector);
    largest = pieces.take(kAttentionColumns);
    decay = pieces.take(kAttentionColumns);
  }
  float *q, *out;       ///< [columns, width]
  float *keys, *values; ///< [width, keys] transposed, [keys, width]
  float* scores;        ///< [columns, keys]
  float* sums;          ///< [columns, one vector]: partial sums of exponentials
  float *largest, *decay;  ///< [columns]
};

/// What the backward pass holds of one tile of keys.
struct KeyTile {
  float* keys;                                 ///< [keys, width]
  float *keys_transposed, *values_transposed;  ///< [width, keys]
  float *dk, *dv;                              ///< [keys, width]
};

/// A thread's tiles in the backward pass: one of columns, and those of a block of keys.
struct BackwardTiles {
  BackwardTiles(float* scratch, std::int64_t width, std::int64_t key_tiles) {
    ScratchPieces pieces(scratch);
    for (float** tile : {&q, &d_out, &dq, &q_pairs, &d_out_pairs}) *tile = pieces.take(kAttentionColumns * width);
    for (float** tile : {&weights, &d_scores, &d_score_columns}) *tile = pieces.take(kAttentionColumns * kAttentionKeys);
    for (std::int64_t i = 0; i < key_tiles; ++i) {
      KeyTile& t = keys[i];
      for (float** tile : {&t.keys, &t.keys_transposed, &t.values_transposed, &t.dk, &t.dv})
        *tile = pieces.take(kAttentionKeys * width);
    }
  }
  float *q, *d_out, *dq;              ///< [columns, width]
  float *weights, *d_scores;          ///< [columns, keys]
  /// The products over the width or the keys take these; in bfloat16 other numbers than those over the columns.
  const float *q_columns = nullptr, *d_out_columns = nullptr;
  float *q_pairs, *d_out_pairs, *d_score_columns;
  KeyTile keys[kMostKeyTiles];
};

/// Tiles of keys that meet a tile of columns while it is in the cache: several where there are keys enough to share among threads.
inline std::int64_t key_tiles_of_a_block(std::int64_t keys, std::int64_t width) {
  const std::int64_t most = std::min(kMostKeyTiles, kAttentionMaxHeadDim / width);
  return std::clamp<std::int64_t>(keys / (8 * kAttentionKeys), 1, most);
}

/// Enough for either of them at the largest head.
inline constexpr std::int64_t kAttentionScratchFloats =
    (5 * kAttentionColumns + 5 * kAttentionKeys) * kAttentionMaxHeadDim +
    3 * kAttentionColumns * kAttentionKeys;
static_assert((2 * kAttentionColumns + 2 * kAttentionKeys) * kAttentionMaxHeadDim +
                  kAttentionColumns * (kAttentionKeys + kAttentionWidestVector + 2) <=
              kAttentionScratchFloats);

/// In decoding, the softmax of one head over one piece of its keys: the largest score (times
/// log2 e), the sum of 2^(score - largest) and, behind it, the values weighted so.
struct alignas(64) DecodePiece {
  float largest, sum;
  float* out() { return reinterpret_cast<float*>(this + 1); }
};

/// Floats of a piece with its values.
inline std::int64_t decode_piece_floats(std::int64_t head_dim) {
  return static_cast<std::int64_t>(sizeof(DecodePiece) / sizeof(float)) +
         (head_dim + kAttentionWidestVector - 1) / kAttentionWidestVector * kAttentionWidestVector;
}

/// Heads whose pieces fit the scratch of one thread.
inline std::int64_t most_decode_heads(std::int64_t head_dim) {
  return kAttentionScratchFloats / decode_piece_floats(head_dim);
}

}  // namespace lab::kernels
