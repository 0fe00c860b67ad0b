#include "model/linear.h"

namespace lab {
namespace {

LowRank low_rank(const Pair& pair, Reals u) {
  LowRank out;
  out.rank = pair.rank;
  out.scale = pair.scale;
  out.a = pair.a;
  out.b = pair.b;
  out.u = u;
  out.magnitude = pair.magnitude;
  out.norm = pair.norm;
  return out;
}

Dropout mask(const Pass& pass, std::uint32_t stream, Reals x, Reals y, bool accumulate) {
  return {x.count, pass.dropout.probability, pass.dropout.seed, stream, x, y, accumulate};
}

bool drops(const Pass& pass, const Linear& linear) {
  return pass.dropout.probability > 0 && linear.pair.rank > 0;
}

}  // namespace

void linear_forward(const Pass& pass, const Linear& linear, std::uint32_t stream, std::int64_t tokens,
                    Reals x, Reals u, Reals y, bool accumulate) {
  const Arena::Scope scope(pass.arena);
  LinearForward op{tokens, linear.weight, x, linear.bias, y, accumulate, low_rank(linear.pair, u)};
  if (drops(pass, linear)) {
    op.pair.input = pass.arena.reals(x.count);
    pass.device.dropout(mask(pass, stream, x, op.pair.input, false));
  }
  pass.device.linear_forward(op);
}

void linear_backward(const Pass& pass, const Linear& linear, std::uint32_t stream, std::int64_t tokens,
                     Reals x, Reals u, Reals dy, Reals dx, bool accumulate_dx) {
  const Arena::Scope scope(pass.arena);
  const Pair& pair = linear.pair;
  LinearBackward op;
  op.tokens = tokens;
  op.weight = linear.weight;
  op.dy = dy;
  op.x = x;
  op.dx = dx;
  op.accumulate_dx = accumulate_dx;
  op.d_weight = linear.d_weight;
  op.d_bias = linear.d_bias;
  op.pair = low_rank(pair, u);
  op.d_a = pair.d_a;
  op.d_b = pair.d_b;
  if (pair.rank > 0) op.du = pass.arena.reals(tokens * pair.rank);
  if (pair.magnitude) {
    // z is the layer's output before magnitude and bias: one product again instead of [tokens, out] kept.
    op.z = pass.arena.reals(tokens * linear.weight.rows);
    op.g_dy = pass.arena.reals(tokens * linear.weight.rows);
    op.d_magnitude = pair.d_magnitude;
    Linear plain = linear;
    plain.bias = {};
    plain.pair.magnitude = plain.pair.norm = {};
    linear_forward(pass, plain, stream, tokens, x, u, op.z, false);
  }
  if (drops(pass, linear)) {
    op.pair.input = pass.arena.reals(x.count);
    op.d_input = pass.arena.reals(x.count);
    pass.device.dropout(mask(pass, stream, x, op.pair.input, false));
  }
  pass.device.linear_backward(op);
  if (op.d_input && dx) pass.device.dropout(mask(pass, stream, op.d_input, dx, true));
}

}  // namespace lab
