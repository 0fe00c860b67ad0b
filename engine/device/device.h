// Device: the operations that a language model and its training need, on memory the device owns.
//
// A model is written once against this interface (model/), and four devices carry it out: cpu/ with
// SIMD kernels, reference/ with plain loops in double precision, count/ by only counting, and later
// webgpu/ by recording. So nothing here allocates, fails, or reads a result back in mid-step; shapes
// are in the comments as [rows, columns], always row-major and contiguous.
#pragma once

#include <cstdint>
#include <memory>

#include "base/result.h"
#include "tensor/tensor_view.h"

namespace lab {

/// `count` real numbers in device memory: float32, on the reference device float64. What `address`
/// means is the device's business (a pointer on cpu).
struct Reals {
  std::uint64_t address = 0;
  std::int64_t count = 0;
  std::uint32_t width = 4;  ///< bytes a number

  explicit operator bool() const { return count > 0; }
  Reals slice(std::int64_t first, std::int64_t n) const {
    return {address + static_cast<std::uint64_t>(first) * width, n, width};
  }
};

/// `count` 32-bit integers in device memory.
struct Ints {
  std::uint64_t address = 0;
  std::int64_t count = 0;

  explicit operator bool() const { return count > 0; }
  Ints slice(std::int64_t first, std::int64_t n) const {
    return {address + static_cast<std::uint64_t>(first) * 4, n};
  }
};

/// A matrix [rows, cols] that linear layers multiply with: stored in any decodable type (a frozen
/// weight, used in its file's blocks), or a view of Reals (a trained one).
struct Weight {
  std::uint64_t address = 0;
  DType dtype = DType::kF32;
  std::int64_t rows = 0, cols = 0;

  explicit operator bool() const { return rows > 0; }
};

/// The low-rank pair beside a linear layer: LoRA, rsLoRA (another scale) and DoRA.
struct LowRank {
  std::int64_t rank = 0;      ///< 0: no pair
  double scale = 0;           ///< alpha / rank, or alpha / sqrt(rank)
  Reals a, b;                 ///< [rank, in], [out, rank]
  Reals input;                ///< [tokens, in], what A sees where that is not x (dropout); else empty
  Reals u;                    ///< [tokens, rank] = input a^T; linear_forward writes, _backward reads
  Reals magnitude, norm;      ///< DoRA: [out] each; norm from low_rank_norms(). Else empty
};

/// y = (accumulate ? y : 0) + g * (x W^T + scale * u B^T) + bias, g = magnitude / norm or 1.
struct LinearForward {
  std::int64_t tokens = 0;
  Weight weight;              ///< [out, in]
  Reals x;                    ///< [tokens, in]
  Reals bias;                 ///< [out] or empty
  Reals y;                    ///< [tokens, out]
  bool accumulate = false;
  LowRank pair;
};

/// Gradients of LinearForward. All d_... of parameters are added to; empty ones are not wanted.
struct LinearBackward {
  std::int64_t tokens = 0;
  Weight weight;
  Reals dy;                   ///< [tokens, out]
  Reals x;                    ///< [tokens, in]; may be empty if no parameter gradient needs it
  Reals dx;                   ///< [tokens, in] or empty
  bool accumulate_dx = false;
  Reals d_weight, d_bias;     ///< [out, in], [out]
  LowRank pair;               ///< with u as the forward left it
  Reals d_a, d_b;             ///< [rank, in], [out, rank]
  Reals du;                   ///< scratch [tokens, rank]
  Reals d_input;              ///< [tokens, in]: takes du A where pair.input is set (else it is in dx)
  Reals z, d_magnitude;       ///< DoRA: z [tokens, out] = x W^T + scale u B^T (without g and bias);
  Reals g_dy;                 ///< DoRA: scratch [tokens, out] for g * dy
};

/// norm[j] = || W_j + scale (B A)_j ||_2, the row norms that DoRA divides by (arXiv 2402.09353).
struct LowRankNorms {
  Weight weight;
  std::int64_t rank = 0;
  double scale = 0;
  Reals a, b;                 ///< rank 0: plain row norms of W
  Reals norm;                 ///< [out]
};

/// x[t] = weight[ids[t]].
struct EmbedForward { std::int64_t tokens = 0; Ints ids; Weight weight; Reals x; };
/// d_weight[ids[t]] += dx[t], in token order.
struct EmbedBackward { std::int64_t tokens = 0; std::int64_t cols = 0; Ints ids; Reals dx, d_weight; };
/// x[t] += scale * A[:, ids[t]]^T B^T; A [rank, vocab], B [cols, rank] (PEFT's embedding LoRA).
struct EmbedPairForward {
  std::int64_t tokens = 0, cols = 0, vocab = 0, rank = 0; double scale = 0; Ints ids; Reals a, b, x;
};
struct EmbedPairBackward {
  std::int64_t tokens = 0, cols = 0, vocab = 0, rank = 0; double scale = 0; Ints ids;
  Reals a, b, dx, d_a, d_b;
};

/// y = x / sqrt(mean(x^2) + eps) * weight, by rows. y may be x.
struct RmsNormForward { std::int64_t rows = 0, cols = 0; double eps = 0; Reals x, weight, y; };
/// dx (+)= its gradient; dy may be dx where accumulate is false. d_weight += if wanted.
struct RmsNormBackward {
  std::int64_t rows = 0, cols = 0; double eps = 0;
  Reals x, weight, dy, dx, d_weight; bool accumulate = false;
};

/// How a head's dimensions pair up: (i, i + rotary/2) as Hugging Face, or (2i, 2i + 1) as GGUF's llama.
enum class RopePairs : std::uint8_t { kHalves, kNeighbours };
/// Rotates the first `rotary` dimensions of every head in place by its token's angles.
struct Rope {
  std::int64_t tokens = 0, heads = 0, head_dim = 0, rotary = 0;
  RopePairs pairs = RopePairs::kHalves;
  Ints positions;             ///< [tokens]
  Reals cosines, sines;       ///< [max positions, rotary / 2]
  Reals x;                    ///< [tokens, heads * head_dim]
  bool inverse = false;       ///< the backward: rotate the other way
};

/// Softmax attention with grouped heads. Query t sees the keys key_begin[t] <= j < key_end[t]; both
/// lists never decrease. Documents in a packed row, sliding windows and a KV cache are all such ranges.
struct AttentionForward {
  std::int64_t queries = 0, keys = 0, heads = 0, kv_heads = 0, head_dim = 0;
  double scale = 0;           ///< multiplies q k^T, usually 1 / sqrt(head_dim)
  Reals q, k, v;              ///< [queries, heads * head_dim], [keys, kv_heads * head_dim] twice
  Ints key_begin, key_end;    ///< [queries]
  Reals out;                  ///< [queries, heads * head_dim]
  Reals log_sum_exp;          ///< [queries, heads], kept for the backward; may be empty
};
struct AttentionBackward {
  AttentionForward forward;   ///< with out and log_sum_exp as the forward left them
  Reals d_out;                ///< [queries, heads * head_dim]
  Reals delta;                ///< scratch [queries, heads]: row sums of d_out * out
  Reals dq, dk, dv;           ///< written, not added to
};

/// act = silu(gate) * up.
struct SwigluForward { std::int64_t count = 0; Reals gate, up, act; };
/// d_gate and d_up may be gate and up themselves, d_act one of them.
struct SwigluBackward { std::int64_t count = 0; Reals gate, up, d_act, d_gate, d_up; };

/// loss[r] = log sum exp logits[r] - logits[r, target[r]], 0 where target < 0.
/// With gradient: logits become (softmax - onehot) * gradient_scale, 0 rows where target < 0.
struct CrossEntropy {
  std::int64_t rows = 0, vocab = 0;
  Reals logits; Ints targets; Reals loss;
  bool gradient = false; double gradient_scale = 1;
};

/// y (+)= x * mask / (1 - p); the mask is Philox(seed, kDropout, substream).uniform(i) >= p. The
/// backward is the same operation on gradients.
struct Dropout {
  std::int64_t count = 0; double probability = 0;
  std::uint64_t seed = 0; std::uint32_t substream = 0;
  Reals x, y; bool accumulate = false;
};

/// out = {norm, factor}: the Euclidean norm of grads and min(1, max_norm / (norm + 1e-6)), 1 if
/// max_norm is 0 (torch.nn.utils.clip_grad_norm_). Summed in fixed chunks in double precision.
struct GradNorm { std::int64_t count = 0; Reals grads; double max_norm = 0; Reals out; };

/// Decoupled weight decay AdamW (arXiv 1711.05101) with torch's order of operations; `step` from 1.
/// Gradients are multiplied by factor[0] (clipping) as they are read.
struct AdamW {
  std::int64_t count = 0;
  Reals params, grads, m, v, factor;
  double lr = 0, beta1 = 0.9, beta2 = 0.999, eps = 1e-8, weight_decay = 0; std::int64_t step = 1;
};

class Device {
 public:
  virtual ~Device() = default;

  // Memory. ---------------------------------------------------------------------------------------
  virtual std::uint32_t real_bytes() const = 0;          ///< 4 or 8: Reals::width
  virtual DType real_dtype() const = 0;                  ///< kF32 or kF64
  /// One block of device memory, 64-byte aligned, zeroed, freed with the device. kOutOfMemory.
  virtual Result<std::uint64_t> allocate(std::uint64_t bytes) = 0;
  /// Makes a stored matrix usable as a Weight; the view's bytes must outlive the device.
  virtual Result<Weight> place(const TensorView& matrix) = 0;
  virtual void write(Reals to, const float* from) = 0;
  virtual void write(Ints to, const std::int32_t* from) = 0;
  virtual void read(Reals from, float* to) = 0;          ///< waits for the operations before it
  /// Trained matrices: `values` seen as a Weight of this device's own type.
  Weight as_weight(Reals values, std::int64_t rows, std::int64_t cols) const {
    return {values.address, real_dtype(), rows, cols};
  }

  // Operations. -----------------------------------------------------------------------------------
  virtual void fill(Reals to, double value) = 0;
  virtual void copy(Reals from, Reals to) = 0;
  virtual void add(Reals from, Reals to) = 0;            ///< to += from
  virtual void linear_forward(const LinearForward&) = 0;
  virtual void linear_backward(const LinearBackward&) = 0;
  virtual void low_rank_norms(const LowRankNorms&) = 0;
  virtual void embed_forward(const EmbedForward&) = 0;
  virtual void embed_backward(const EmbedBackward&) = 0;
  virtual void embed_pair_forward(const EmbedPairForward&) = 0;
  virtual void embed_pair_backward(const EmbedPairBackward&) = 0;
  virtual void rms_norm_forward(const RmsNormForward&) = 0;
  virtual void rms_norm_backward(const RmsNormBackward&) = 0;
  virtual void rope(const Rope&) = 0;
  virtual void attention_forward(const AttentionForward&) = 0;
  virtual void attention_backward(const AttentionBackward&) = 0;
  virtual void swiglu_forward(const SwigluForward&) = 0;
  virtual void swiglu_backward(const SwigluBackward&) = 0;
  virtual void cross_entropy(const CrossEntropy&) = 0;
  virtual void dropout(const Dropout&) = 0;
  virtual void grad_norm(const GradNorm&) = 0;
  virtual void adamw(const AdamW&) = 0;
};

}  // namespace lab
