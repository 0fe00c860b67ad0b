// Finite differences of the linear layer in every mix of its options.
#include <cstddef>
#include <span>
#include <string>

#include "base/cat.h"
#include "device/reference/gradient_check.h"

namespace lab {
namespace {

struct Mix {
  bool bias, pair, dora, input, trained, accumulate;
};

std::string describe(const Mix& mix) {
  return cat("bias ", mix.bias, ", pair ", mix.pair, ", dora ", mix.dora, ", input ", mix.input,
             ", trained weight ", mix.trained, ", accumulate ", mix.accumulate);
}

struct Shape {
  std::int64_t tokens, in, out, rank;
};

class LinearGradient : public GradientCheck {
 protected:
  /// Random operands of one linear layer; the gradients start at random values, to be added to.
  void prepare(const Shape& shape, const Mix& mix, Weight weight, Reals weight_values) {
    const auto [tokens, in, out, rank] = shape;
    weight_values_ = weight_values;
    forward_ = {};
    backward_ = {};
    forward_.tokens = tokens;
    forward_.weight = weight;
    forward_.x = random(tokens * in);
    if (mix.bias) forward_.bias = random(out);
    forward_.y = random(tokens * out);
    forward_.accumulate = mix.accumulate;
    if (mix.pair) prepare_pair(shape, mix);
    start_y_ = values(forward_.y);

    backward_.tokens = tokens;
    backward_.weight = weight;
    backward_.dy = random(tokens * out);
    backward_.x = forward_.x;
    backward_.dx = random(tokens * in);
    backward_.accumulate_dx = mix.accumulate;
    if (mix.trained) backward_.d_weight = random(in * out);
    if (mix.bias) backward_.d_bias = random(out);
    if (mix.pair) {
      backward_.d_a = random(rank * in);
      backward_.d_b = random(out * rank);
      backward_.du = random(tokens * rank);
      if (mix.input) backward_.d_input = random(tokens * in);
    }
  }

  void prepare_pair(const Shape& shape, const Mix& mix) {
    const auto [tokens, in, out, rank] = shape;
    LowRank& pair = forward_.pair;
    pair.rank = rank;
    pair.scale = 0.7;
    pair.a = random(rank * in);
    pair.b = random(out * rank);
    pair.u = random(tokens * rank);
    if (mix.input) pair.input = random(tokens * in);
    if (!mix.dora) return;
    pair.magnitude = random(out);
    pair.norm = random(out);
    device_->low_rank_norms({forward_.weight, rank, pair.scale, pair.a, pair.b, pair.norm});
  }

  double loss() {
    for (std::size_t i = 0; i < start_y_.size(); ++i) at(forward_.y)[i] = start_y_[i];
    device_->linear_forward(forward_);
    return weighted_sum(backward_.dy, forward_.y);
  }

  void check(const Mix& mix) {
    LinearBackward& op = backward_;
    loss();  // leaves u
    op.pair = forward_.pair;
    if (mix.dora) {
      op.d_magnitude = random(forward_.weight.rows);
      op.z = random(forward_.y.count);
      op.g_dy = random(forward_.y.count);
      LinearForward plain = forward_;
      plain.bias = plain.pair.magnitude = plain.pair.norm = {};
      plain.accumulate = false;
      plain.y = op.z;
      device_->linear_forward(plain);
    }
    const auto old_dx = values(op.dx), old_d_weight = values(op.d_weight),
               old_d_bias = values(op.d_bias), old_d_a = values(op.d_a), old_d_b = values(op.d_b),
               old_d_magnitude = values(op.d_magnitude);
    device_->linear_backward(op);

    const auto expect = [&](const char* name, Reals variable, const std::vector<double>& gradient) {
      if (!variable) return;
      EXPECT_LE(gradient_error(variable, gradient, [&] { return loss(); }), kTolerance)
          << name << ", " << describe(mix);
    };
    expect("dx", forward_.x, mix.accumulate ? increase(op.dx, old_dx) : values(op.dx));
    expect("d_input", forward_.pair.input, values(op.d_input));
    expect("d_bias", forward_.bias, increase(op.d_bias, old_d_bias));
    expect("d_a", forward_.pair.a, increase(op.d_a, old_d_a));
    expect("d_b", forward_.pair.b, increase(op.d_b, old_d_b));
    expect("d_magnitude", forward_.pair.magnitude, increase(op.d_magnitude, old_d_magnitude));
    if (mix.trained) expect("d_weight", weight_values_, increase(op.d_weight, old_d_weight));
  }

  LinearForward forward_;
  LinearBackward backward_;
  Reals weight_values_;
  std::vector<double> start_y_;
};

TEST_F(LinearGradient, IsThatOfTheForwardInEveryMix) {
  for (const Shape& shape : {Shape{1, 1, 1, 1}, {3, 5, 7, 2}, {6, 9, 4, 3}})
    for (int bits = 0; bits < 64; ++bits) {
      const auto bit = [&](int i) { return (bits >> i & 1) != 0; };
      const Mix mix{bit(0), bit(1), bit(2), bit(3), bit(4), bit(5)};
      if (!mix.pair && (mix.dora || mix.input)) continue;
      const Reals weight = random(shape.in * shape.out);
      prepare(shape, mix, device_->as_weight(weight, shape.out, shape.in), weight);
      check(mix);
    }
}

TEST_F(LinearGradient, DecodesAFrozenWeightAsTheForwardDoes) {
  // Q8_0 blocks: a scale of 2^-6 as a half float, then 32 small integers.
  constexpr Shape kShape{3, 64, 5, 2};
  std::vector<std::uint8_t> stored;
  for (int block = 0; block < kShape.in / 32 * kShape.out; ++block) {
    stored.insert(stored.end(), {0x00, 0x24});
    for (int i = 0; i < 32; ++i) stored.push_back(static_cast<std::uint8_t>(block * 89 + i * 37));
  }
  const auto weight =
      device_->place({DType::kQ8_0, {kShape.out, kShape.in}, std::as_bytes(std::span(stored))});
  ASSERT_TRUE(weight);
  const Mix mix{true, true, true, false, false, true};
  prepare(kShape, mix, *weight, {});
  check(mix);
}

TEST_F(LinearGradient, LeavesAloneWhatIsNotWanted) {
  constexpr Shape kShape{4, 3, 5, 2};
  const Mix mix{true, true, false, false, true, false};
  const Reals weight = random(kShape.in * kShape.out);
  prepare(kShape, mix, device_->as_weight(weight, kShape.out, kShape.in), weight);
  loss();
  backward_.pair = forward_.pair;
  device_->linear_backward(backward_);
  const auto dx = values(backward_.dx);

  LinearBackward only_dx = backward_;
  only_dx.dx = random(kShape.tokens * kShape.in);
  only_dx.x = only_dx.d_weight = only_dx.d_bias = only_dx.d_a = only_dx.d_b = {};
  device_->linear_backward(only_dx);
  EXPECT_EQ(values(only_dx.dx), dx);

  LinearBackward only_b = backward_;
  only_b.d_b = reals(kShape.out * kShape.rank);
  only_b.dx = only_b.d_weight = only_b.d_bias = only_b.d_a = {};
  device_->linear_backward(only_b);
  EXPECT_LE(gradient_error(forward_.pair.b, values(only_b.d_b), [&] { return loss(); }),
            kTolerance);
}

}  // namespace
}  // namespace lab
