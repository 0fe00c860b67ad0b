// Sizes of attention's tiles, and how a thread's scratch is divided among them.
#pragma once

#include <cstdint>

#include "kernels/attention/attention.h"

namespace lab::kernels {

/// Queries times heads of a group, and keys, that one tile of scores covers.
inline constexpr std::int64_t kAttentionColumns = 96, kAttentionKeys = 48;
/// Floats of the widest vector.
inline constexpr std::int64_t kAttentionWidestVector = 16;

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

/// A thread's tiles in the backward pass.
struct BackwardTiles {
  BackwardTiles(float* scratch, std::int64_t width) {
    ScratchPieces pieces(scratch);
    q = pieces.take(kAttentionColumns * width);
    d_out = pieces.take(kAttentionColumns * width);
    dq = pieces.take(kAttentionColumns * width);
    keys = pieces.take(kAttentionKeys * width);
    keys_transposed = pieces.take(kAttentionKeys * width);
    values_transposed = pieces.take(kAttentionKeys * width);
    dk = pieces.take(kAttentionKeys * width);
    dv = pieces.take(kAttentionKeys * width);
    weights = pieces.take(kAttentionColumns * kAttentionKeys);
    d_scores = pieces.take(kAttentionColumns * kAttentionKeys);
  }
  float *q, *d_out, *dq;                        ///< [columns, width]
  float* keys;                                  ///< [keys, width]
  float *keys_transposed, *values_transposed;   ///< [width, keys]
  float *dk, *dv;                               ///< [keys, width]
  float *weights, *d_scores;                    ///< [columns, keys]
};

/// Enough for either of them at the largest head.
inline constexpr std::int64_t kAttentionScratchFloats =
    (3 * kAttentionColumns + 5 * kAttentionKeys) * kAttentionMaxHeadDim +
    2 * kAttentionColumns * kAttentionKeys;
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
