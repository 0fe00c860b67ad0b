// Linear layers of the CPU device, with every kind of low-rank pair, against the reference device.
#include "device/cpu/side_by_side.h"

namespace lab {
namespace {

struct Layer {
  std::int64_t tokens = 1, in = 32, out = 5, rank = 0;
  DType dtype = DType::kF32;
  bool bias = false, accumulate = false, dora = false, own_input = false;
};

LowRank make_pair(Side& s, const Layer& layer) {
  LowRank pair;
  pair.rank = layer.rank;
  if (layer.rank == 0) return pair;
  pair.scale = 0.75;
  pair.a = s.random(layer.rank * layer.in);
  pair.b = s.random(layer.out * layer.rank);
  if (layer.own_input) pair.input = s.random(layer.tokens * layer.in);
  pair.u = s.random(layer.tokens * layer.rank);
  if (layer.dora) {
    pair.magnitude = s.random(layer.out);
    pair.norm = s.random_in(layer.out, 1, 2);
  }
  return pair;
}

void forward(Side& s, const Layer& layer) {
  LinearForward op{.tokens = layer.tokens,
                   .weight = s.weight(layer.dtype, layer.out, layer.in),
                   .x = s.random(layer.tokens * layer.in),
                   .bias = layer.bias ? s.random(layer.out) : Reals{},
                   .y = s.random(layer.tokens * layer.out),
                   .accumulate = layer.accumulate,
                   .pair = make_pair(s, layer)};
  s.device.linear_forward(op);
  s.check("y", op.y);
  if (layer.rank > 0) s.check("u", op.pair.u);
}

void backward(Side& s, const Layer& layer, bool parameters) {
  const auto& [tokens, in, out, rank, dtype, bias, accumulate, dora, own_input] = layer;
  LinearBackward op;
  op.tokens = tokens;
  op.weight = s.weight(dtype, out, in);
  op.dy = s.random(tokens * out);
  if (parameters) op.x = s.random(tokens * in);
  op.dx = s.random(tokens * in);
  op.accumulate_dx = accumulate;
  op.pair = make_pair(s, layer);
  if (rank > 0) op.du = s.zeros(tokens * rank);
  if (rank > 0 && own_input) op.d_input = s.random(tokens * in);
  if (dora) op.g_dy = s.zeros(tokens * out);
  if (parameters) {
    op.d_weight = s.random(out * in);
    if (bias) op.d_bias = s.random(out);
    if (rank > 0) {
      op.d_a = s.random(rank * in);
      op.d_b = s.random(out * rank);
    }
    if (dora) {
      op.z = s.random(tokens * out);
      op.d_magnitude = s.random(out);
    }
  }
  s.device.linear_backward(op);
  s.check("dx", op.dx);
  for (const auto& [name, output] :
       {std::pair{"d_weight", op.d_weight}, {"d_bias", op.d_bias}, {"d_a", op.d_a}, {"d_b", op.d_b},
        {"d_input", op.d_input}, {"d_magnitude", op.d_magnitude}})
    if (output) s.check(name, output);
}

const std::vector<Layer> kLayers = {
    {.tokens = 1},
    {.tokens = 3, .in = 64, .out = 33, .rank = 2, .dtype = DType::kQ8_0, .bias = true},
    {.tokens = 8, .in = 96, .out = 40, .rank = 5, .dtype = DType::kQ4_1, .accumulate = true},
    {.tokens = 9, .in = 37, .out = 41, .rank = 3, .bias = true},
    {.tokens = 50, .in = 160, .out = 65, .rank = 8, .dtype = DType::kQ4_0, .own_input = true},
    {.tokens = 2, .in = 64, .out = 19, .rank = 4, .bias = true, .dora = true},
    {.tokens = 33, .in = 64, .out = 19, .rank = 4, .dtype = DType::kBF16, .bias = true,
     .accumulate = true, .dora = true, .own_input = true},
};

TEST(CpuLinear, Forward) {
  for (const Layer& layer : kLayers) {
    SCOPED_TRACE(layer.tokens);
    expect_same([&](Side& s) { forward(s, layer); });
  }
}

TEST(CpuLinear, ForwardOfDoraLayersWiderThanTheScratch) {
  for (const std::int64_t tokens : {2, 9})
    expect_same([&](Side& s) {
      forward(s, {.tokens = tokens, .in = 32, .out = 40000, .rank = 1, .bias = true, .dora = true});
    });
}

TEST(CpuLinear, Backward) {
  for (const Layer& layer : kLayers) {
    SCOPED_TRACE(layer.tokens);
    for (const bool parameters : {false, true})
      expect_same([&](Side& s) { backward(s, layer, parameters); });
  }
}

TEST(CpuLinear, TrainedWeightsAreMatricesOfTheDevicesOwnType) {
  expect_same([](Side& s) {
    const std::int64_t tokens = 12, in = 20, out = 7;
    const Reals values = s.random(out * in), x = s.random(tokens * in), y = s.zeros(tokens * out);
    LinearForward op;
    op.tokens = tokens;
    op.weight = s.device.as_weight(values, out, in);
    op.x = x;
    op.y = y;
    s.device.linear_forward(op);
    s.check("y", y);
  });
}

TEST(CpuLinear, NormsOfRowsWithTheirPair) {
  for (const std::int64_t rank : {0, 3}) {
    for (const DType dtype : {DType::kF32, DType::kQ8_0}) {
      for (const std::int64_t in : {32, 96, 2080, 1037}) {
        if (dtype == DType::kQ8_0 && in % 32 != 0) continue;
        expect_same([&](Side& s) {
          LowRankNorms op;
          op.weight = s.weight(dtype, 9, in);
          op.rank = rank;
          op.scale = -0.4;
          if (rank > 0) {
            op.a = s.random(rank * in);
            op.b = s.random(9 * rank);
          }
          op.norm = s.zeros(9);
          s.device.low_rank_norms(op);
          s.check("norm", op.norm);
        }, 1e-6);
      }
    }
  }
}

}  // namespace
}  // namespace lab
