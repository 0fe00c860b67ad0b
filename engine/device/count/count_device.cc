#include "device/count/count_device.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/cat.h"
#include "base/checked.h"
#include "device/count/sizes.h"
#include "device/stored_weight.h"

namespace lab {

using count::integers;

// Memory. -----------------------------------------------------------------------------------------

Result<std::uint64_t> CountDevice::allocate(std::uint64_t bytes) {
  const auto next = checked_add(next_address_, kReach);
  if (!next)
    return fail(Code::kOutOfMemory, cat("no address left to plan a block of ", bytes, " bytes"));
  allocated_bytes_ =
      checked_add(allocated_bytes_, bytes).value_or(std::numeric_limits<std::uint64_t>::max());
  return std::exchange(next_address_, *next);
}

Result<Weight> CountDevice::place(const TensorView& matrix) {
  auto weight = stored_weight(matrix);
  if (weight) placed_bytes_ += matrix.bytes.size();
  return weight;
}

void CountDevice::write(Reals, const float*) {}

void CountDevice::write(Ints to, const std::int32_t* from) {
  for (std::int64_t i = 0; i < to.count; ++i) integers_[to.slice(i, 1).address] = from[i];
}

void CountDevice::read(Reals from, float* to) { std::fill_n(to, from.count, 0.0f); }

std::int32_t CountDevice::integer(Ints ints, std::int64_t index) const {
  const auto found = integers_.find(ints.slice(index, 1).address);
  return found == integers_.end() ? 0 : found->second;
}

// Bookkeeping. ------------------------------------------------------------------------------------

void CountDevice::count(Operation operation, std::uint64_t flops, std::uint64_t bytes) {
  OperationCount& row = counts_.operations[static_cast<std::size_t>(operation)];
  ++row.calls;
  row.flops += flops;
  row.bytes += bytes;
}

std::uint64_t CountDevice::product(const LinearShape& shape) {
  ++counts_.linear_products[shape];
  return shape.flops();
}

CountDevice::Visible CountDevice::visible(const AttentionForward& op) const {
  Visible sum;
  std::int64_t first = op.keys, last = 0;
  for (std::int64_t t = 0; t < op.queries; ++t) {
    const std::int64_t begin = integer(op.key_begin, t), end = integer(op.key_end, t);
    if (begin >= end) continue;
    sum.pairs += end - begin;
    first = std::min(first, begin);
    last = std::max(last, end);
  }
  sum.keys = std::max<std::int64_t>(0, last - first);
  return sum;
}

// Elementwise, norms, loss and optimiser: bytes alone.
// ----------------------------------------------

void CountDevice::fill(Reals to, double) { count(Operation::kFill, 0, reals(to.count)); }

void CountDevice::copy(Reals, Reals to) { count(Operation::kCopy, 0, 2 * reals(to.count)); }

void CountDevice::add(Reals, Reals to) {
  count(Operation::kAdd, 0, reals(to.count) + updated(to.count));
}

void CountDevice::rms_norm_forward(const RmsNormForward& op) {
  count(Operation::kRmsNormForward, 0, 2 * reals(op.rows, op.cols) + reals(op.cols));
}

void CountDevice::rms_norm_backward(const RmsNormBackward& op) {
  count(Operation::kRmsNormBackward, 0,
        (op.accumulate ? 4 : 3) * reals(op.rows, op.cols) + reals(op.cols) +
            (op.d_weight ? updated(op.cols) : 0));
}

void CountDevice::rope(const Rope& op) {
  count(Operation::kRope, 0,
        updated(op.tokens * op.heads, op.rotary) + reals(op.tokens, op.rotary / 2) * 2 +
            integers(op.tokens));
}

void CountDevice::swiglu_forward(const SwigluForward& op) {
  count(Operation::kSwigluForward, 0, 3 * reals(op.count));
}

void CountDevice::swiglu_backward(const SwigluBackward& op) {
  count(Operation::kSwigluBackward, 0, 5 * reals(op.count));
}

void CountDevice::cross_entropy(const CrossEntropy& op) {
  const std::uint64_t logits = op.gradient ? updated(op.rows, op.vocab) : reals(op.rows, op.vocab);
  count(Operation::kCrossEntropy, 0, logits + integers(op.rows) + reals(op.rows));
}

void CountDevice::dropout(const Dropout& op) {
  count(Operation::kDropout, 0, (op.accumulate ? 3 : 2) * reals(op.count));
}

void CountDevice::grad_norm(const GradNorm& op) {
  count(Operation::kGradNorm, 0, reals(op.count) + reals(2));
}

void CountDevice::adamw(const AdamW& op) {
  count(Operation::kAdamW, 0, reals(op.count) + 3 * updated(op.count) + (op.factor ? reals(1) : 0));
}

// Embedding: rows that tokens name.
// -----------------------------------------------------------------

void CountDevice::embed_forward(const EmbedForward& op) {
  count(Operation::kEmbedForward, 0,
        count::stored(op.weight.dtype, op.tokens, op.weight.cols) +
            reals(op.tokens, op.weight.cols) + integers(op.tokens));
}

void CountDevice::embed_backward(const EmbedBackward& op) {
  count(Operation::kEmbedBackward, 0,
        reals(op.tokens, op.cols) + updated(op.tokens, op.cols) + integers(op.tokens));
}

void CountDevice::embed_pair_forward(const EmbedPairForward& op) {
  count(Operation::kEmbedPairForward, count::product_flops(op.tokens, op.rank, op.cols),
        integers(op.tokens) + reals(op.tokens, op.rank) + reals(op.cols, op.rank) +
            updated(op.tokens, op.cols));
}

void CountDevice::embed_pair_backward(const EmbedPairBackward& op) {
  const std::uint64_t one = count::product_flops(op.tokens, op.rank, op.cols);
  count(Operation::kEmbedPairBackward, (op.d_a ? one : 0) + (op.d_b ? one : 0),
        integers(op.tokens) + reals(op.tokens, op.cols) +
            (op.d_a ? reals(op.cols, op.rank) + updated(op.tokens, op.rank) : 0) +
            (op.d_b ? reals(op.tokens, op.rank) + updated(op.cols, op.rank) : 0));
}

// Attention: the keys that each query sees.
// ---------------------------------------------------------

void CountDevice::attention_forward(const AttentionForward& op) {
  const Visible seen = visible(op);
  // q k^T and the weighted sum of values.
  const std::uint64_t flops = 2 * count::product_flops(seen.pairs, op.heads, op.head_dim);
  count(Operation::kAttentionForward, flops,
        2 * reals(op.queries, op.heads * op.head_dim) +
            2 * reals(seen.keys, op.kv_heads * op.head_dim) + 2 * integers(op.queries) +
            (op.log_sum_exp ? reals(op.queries, op.heads) : 0));
}

void CountDevice::attention_backward(const AttentionBackward& backward) {
  const AttentionForward& op = backward.forward;
  const Visible seen = visible(op);
  // Five products for the forward's two: the scores again, d weights, dq, dk, dv.
  const std::uint64_t flops = 5 * count::product_flops(seen.pairs, op.heads, op.head_dim);
  count(Operation::kAttentionBackward, flops,
        4 * reals(op.queries, op.heads * op.head_dim) +
            2 * reals(seen.keys, op.kv_heads * op.head_dim) +
            2 * reals(op.keys, op.kv_heads * op.head_dim) + 2 * integers(op.queries) +
            reals(op.queries, op.heads) + (op.log_sum_exp ? reals(op.queries, op.heads) : 0));
}

}  // namespace lab
