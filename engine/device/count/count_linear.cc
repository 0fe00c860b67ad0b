// What linear layers cost: each product in its real shape, those of the low-rank pair included.
#include "device/count/count_device.h"
#include "device/count/sizes.h"

namespace lab {

using count::stored;

void CountDevice::linear_forward(const LinearForward& op) {
  const std::int64_t tokens = op.tokens, in = op.weight.cols, out = op.weight.rows;
  const LowRank& pair = op.pair;
  std::uint64_t flops = product({Product::kForward, tokens, in, out, op.weight.dtype});
  std::uint64_t bytes = stored(op.weight.dtype, out, in) + reals(tokens, in) +
                        (op.accumulate ? updated(tokens, out) : reals(tokens, out)) +
                        (op.bias ? reals(out) : 0);
  if (pair.rank > 0) {
    flops += product({Product::kForward, tokens, in, pair.rank, real_dtype()});
    flops += product({Product::kForward, tokens, pair.rank, out, real_dtype()});
    bytes += reals(pair.rank, in) + reals(out, pair.rank) + reals(tokens, pair.rank);
    if (pair.input) bytes += reals(tokens, in);
    if (pair.magnitude) bytes += 2 * reals(out);
  }
  count(Operation::kLinearForward, flops, bytes);
}

void CountDevice::linear_backward(const LinearBackward& op) {
  const std::int64_t tokens = op.tokens, in = op.weight.cols, out = op.weight.rows;
  const LowRank& pair = op.pair;
  const std::int64_t rank = pair.rank;
  std::uint64_t flops = 0, bytes = reals(tokens, out);
  if (op.dx) {
    flops += product({Product::kInputGradient, tokens, in, out, op.weight.dtype});
    bytes += stored(op.weight.dtype, out, in) +
             (op.accumulate_dx ? updated(tokens, in) : reals(tokens, in));
  }
  if (op.d_weight) {
    flops += product({Product::kWeightGradient, tokens, in, out, real_dtype()});
    bytes += updated(out, in);
  }
  if (op.d_bias) bytes += updated(out);
  if (op.d_weight || (op.d_a && !pair.input)) bytes += reals(tokens, in);
  if (pair.magnitude) {
    bytes += 2 * reals(out) + reals(tokens, out);  // magnitude, norm, g_dy
    if (op.d_magnitude) bytes += updated(out) + reals(tokens, out);
  }
  if (rank > 0) {
    const bool through_a = static_cast<bool>(pair.input ? op.d_input : op.dx);
    if (op.d_a || through_a) {
      flops += product({Product::kInputGradient, tokens, rank, out, real_dtype()});
      bytes += reals(out, rank) + reals(tokens, rank);
    }
    if (op.d_b) {
      flops += product({Product::kWeightGradient, tokens, rank, out, real_dtype()});
      bytes += updated(out, rank) + reals(tokens, rank);
    }
    if (op.d_a) {
      flops += product({Product::kWeightGradient, tokens, in, rank, real_dtype()});
      bytes += updated(rank, in) + (pair.input ? reals(tokens, in) : 0);
    }
    if (through_a) {
      flops += product({Product::kInputGradient, tokens, in, rank, real_dtype()});
      bytes += reals(rank, in) + (pair.input ? reals(tokens, in) : 0);
    }
  }
  count(Operation::kLinearBackward, flops, bytes);
}

void CountDevice::low_rank_norms(const LowRankNorms& op) {
  const std::int64_t in = op.weight.cols, out = op.weight.rows;
  // B A, then a sum of squares.
  count(Operation::kLowRankNorms,
        count::product_flops(out, op.rank, in) + count::product_flops(out, in, 1),
        stored(op.weight.dtype, out, in) + reals(op.rank, in) + reals(out, op.rank) + reals(out));
}

}  // namespace lab
