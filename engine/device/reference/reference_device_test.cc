// The reference device's forward operations against values worked out by hand.
#include "device/reference/reference_device.h"

#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>

#include "base/rng.h"
#include "device/reference/gradient_check.h"

namespace lab {
namespace {

class ReferenceDevice : public GradientCheck {
 protected:
  Reals reals_of(const std::vector<double>& numbers) {
    const Reals out = reals(static_cast<std::int64_t>(numbers.size()));
    for (std::size_t i = 0; i < numbers.size(); ++i) at(out)[i] = numbers[i];
    return out;
  }
  static void expect_near(Reals actual, const std::vector<double>& expected) {
    ASSERT_EQ(static_cast<std::size_t>(actual.count), expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i)
      EXPECT_NEAR(at(actual)[i], expected[i], 1e-14) << i;
  }
};

TEST_F(ReferenceDevice, AllocatesAlignedZeroes) {
  for (const std::uint64_t bytes : {0, 1, 64, 1000}) {
    const auto address = device_->allocate(bytes);
    ASSERT_TRUE(address);
    EXPECT_EQ(*address % 64, 0u);
    const auto* block = reinterpret_cast<const char*>(*address);
    for (std::uint64_t i = 0; i < bytes; ++i) ASSERT_EQ(block[i], 0);
  }
}

TEST_F(ReferenceDevice, ReportsMemoryThatCannotBeHad) {
  const auto address = device_->allocate(std::numeric_limits<std::uint64_t>::max());
  ASSERT_FALSE(address);
  EXPECT_EQ(address.error().code, Code::kOutOfMemory);
}

TEST_F(ReferenceDevice, ReadsBackWhatWasWritten) {
  const Reals to = reals(3);
  const std::array<float, 3> from{0.1f, -2.0f, 3e30f};
  device_->write(to, from.data());
  EXPECT_EQ(values(to), (std::vector<double>{0.1f, -2.0, 3e30f}));
  std::array<float, 2> back{};
  device_->read(to.slice(1, 2), back.data());
  EXPECT_EQ(back, (std::array{-2.0f, 3e30f}));
}

TEST_F(ReferenceDevice, FillsCopiesAndAdds) {
  const Reals a = reals_of({1, 2, 3}), b = reals(3);
  device_->fill(b, 0.5);
  device_->add(a, b);
  EXPECT_EQ(values(b), (std::vector<double>{1.5, 2.5, 3.5}));
  device_->copy(a.slice(1, 2), b.slice(0, 2));
  EXPECT_EQ(values(b), (std::vector<double>{2, 3, 3.5}));
}

TEST_F(ReferenceDevice, LinearIsWeightPairAndBias) {
  LinearForward op;
  op.tokens = 2;
  op.weight = device_->as_weight(reals_of({1, 2, 3, 4}), 2, 2);
  op.x = reals_of({1, 10, 2, -1});
  op.y = reals_of({0.5, 0.5, 0.5, 0.5});
  device_->linear_forward(op);
  expect_near(op.y, {21, 43, 0, 2});
  op.bias = reals_of({100, 200});
  op.accumulate = true;
  device_->linear_forward(op);
  expect_near(op.y, {142, 286, 100, 204});

  op.accumulate = false;
  op.pair.rank = 1;
  op.pair.scale = 2;
  op.pair.a = reals_of({1, 1});
  op.pair.b = reals_of({1, -1});
  op.pair.u = reals(2);
  device_->linear_forward(op);
  expect_near(op.pair.u, {11, 1});
  expect_near(op.y, {21 + 22 + 100, 43 - 22 + 200, 0 + 2 + 100, 2 - 2 + 200});
  op.pair.input = reals_of({0, 1, 0, 0});
  device_->linear_forward(op);
  expect_near(op.pair.u, {1, 0});
  expect_near(op.y, {21 + 2 + 100, 43 - 2 + 200, 100, 202});

  op.pair.magnitude = reals_of({3, 8});
  op.pair.norm = reals_of({1, 2});
  device_->linear_forward(op);
  expect_near(op.y, {3 * 23 + 100, 4 * 41 + 200, 100, 4 * 2 + 200});
}

TEST_F(ReferenceDevice, LowRankNormsAreThoseOfTheMergedRows) {
  const Weight weight = device_->as_weight(reals_of({3, 4, 1, 1}), 2, 2);
  const Reals norm = reals(2);
  device_->low_rank_norms({weight, 0, 0, {}, {}, norm});
  expect_near(norm, {5, std::sqrt(2.0)});
  // scale B A = 2 * [1; 2] [1, -2] = [2, -4; 4, -8]
  device_->low_rank_norms({weight, 1, 2, reals_of({1, -2}), reals_of({1, 2}), norm});
  expect_near(norm, {5, std::sqrt(25.0 + 49.0)});
}

TEST_F(ReferenceDevice, DecodesStoredWeights) {
  // Two rows of F16: 1, -2 and 0.5, 65504, at an odd address.
  const std::array<std::uint8_t, 9> stored{0, 0x00, 0x3c, 0x00, 0xc0, 0x00, 0x38, 0xff, 0x7b};
  const auto weight =
      device_->place({DType::kF16, {2, 2}, std::as_bytes(std::span(stored)).subspan(1)});
  ASSERT_TRUE(weight);
  const Reals x = reals(6);
  device_->embed_forward({3, ints({1, 0, 1}), *weight, x});
  EXPECT_EQ(values(x), (std::vector<double>{0.5, 65504, 1, -2, 0.5, 65504}));
}

TEST_F(ReferenceDevice, KeepsAllDigitsOfStoredDoubles) {
  const std::array<double, 2> stored{1.0 / 3.0, 1e300};
  const auto weight = device_->place({DType::kF64, {1, 2}, std::as_bytes(std::span(stored))});
  ASSERT_TRUE(weight);
  const Reals x = reals(2);
  device_->embed_forward({1, ints({0}), *weight, x});
  EXPECT_EQ(values(x), (std::vector<double>{1.0 / 3.0, 1e300}));
}

TEST_F(ReferenceDevice, EmbeddingPairAddsAColumnOfATimesB) {
  const Reals x = reals_of({1, 1, 1, 1});
  // A [1, 3], B [2, 1]
  device_->embed_pair_forward(
      {2, 2, 3, 1, 0.5, ints({2, 0}), reals_of({4, 0, 6}), reals_of({1, -1}), x});
  expect_near(x, {1 + 3, 1 - 3, 1 + 2, 1 - 2});
}

TEST_F(ReferenceDevice, RmsNormScalesToUnitMeanSquare) {
  const Reals x = reals_of({3, 4, 0, 0}), y = reals(4);
  device_->rms_norm_forward({2, 2, 0.5, x, reals_of({1, 10}), y});
  const double inverse = 1 / std::sqrt(12.5 + 0.5);
  expect_near(y, {3 * inverse, 40 * inverse, 0, 0});
  device_->rms_norm_forward({2, 2, 0.5, x, reals_of({1, 10}), x});
  EXPECT_EQ(values(x), values(y));
}

TEST_F(ReferenceDevice, RopeTurnsThePairsOfItsConvention) {
  // Two angles, 0 and a quarter turn at position 1; the last dimension is not rotated.
  const Reals cosines = reals_of({1, 1, 1, 0}), sines = reals_of({0, 0, 0, 1});
  const auto turned = [&](RopePairs pairs, bool inverse) {
    const Reals x = reals_of({1, 2, 3, 4, 5, 1, 2, 3, 4, 5});
    device_->rope({2, 1, 5, 4, pairs, ints({1, 0}), cosines, sines, x, inverse});
    return values(x);
  };
  EXPECT_EQ(turned(RopePairs::kHalves, false),
            (std::vector<double>{1, -4, 3, 2, 5, 1, 2, 3, 4, 5}));
  EXPECT_EQ(turned(RopePairs::kHalves, true), (std::vector<double>{1, 4, 3, -2, 5, 1, 2, 3, 4, 5}));
  EXPECT_EQ(turned(RopePairs::kNeighbours, false),
            (std::vector<double>{1, 2, -4, 3, 5, 1, 2, 3, 4, 5}));
}

TEST_F(ReferenceDevice, AttentionAveragesTheVisibleValues) {
  AttentionForward op;
  op.queries = 3;
  op.keys = 3;
  op.heads = 2;
  op.kv_heads = op.head_dim = 1;
  op.scale = 2;
  op.q = reals_of({0, 1, 0, 1, 0, 1});
  op.k = reals_of({0, std::log(3.0) / 2, 500});
  op.v = reals_of({1, 2, 7});
  op.key_begin = ints({0, 0, 2});
  op.key_end = ints({0, 2, 3});
  op.out = random(6);
  op.log_sum_exp = random(6);
  device_->attention_forward(op);
  // Head 0's queries are 0: equal weights. Head 1 weighs the keys 0 and 1 as 1 to 3.
  expect_near(op.out, {0, 0, 1.5, 1.75, 7, 7});
  const double infinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(at(op.log_sum_exp)[0], -infinity);
  EXPECT_EQ(at(op.log_sum_exp)[1], -infinity);
  expect_near(op.log_sum_exp.slice(2, 4), {std::log(2.0), std::log(4.0), 0, 1000});
}

TEST_F(ReferenceDevice, AttentionGroupsNeighbouringHeads) {
  AttentionForward op;
  op.queries = op.keys = op.head_dim = 1;
  op.heads = 4;
  op.kv_heads = 2;
  op.q = random(4);
  op.k = random(2);
  op.v = reals_of({3, 5});
  op.key_begin = ints({0});
  op.key_end = ints({1});
  op.out = random(4);
  device_->attention_forward(op);
  expect_near(op.out, {3, 3, 5, 5});
}

TEST_F(ReferenceDevice, SwigluIsSiluTimesUp) {
  const Reals act = reals(3);
  device_->swiglu_forward({3, reals_of({std::log(3.0), -1000, 1000}), reals_of({4, 1, 2}), act});
  expect_near(act, {std::log(3.0) * 0.75 * 4, 0, 2000});
}

TEST_F(ReferenceDevice, CrossEntropyIsExactForLargeLogits) {
  const Reals logits = reals_of({5, 5, 5, 5, 1000, 0, 0, 0, 1, 2, 3, 4}), loss = random(3);
  const auto before = values(logits);
  device_->cross_entropy({3, 4, logits, ints({2, 1, -100}), loss, false, 1});
  expect_near(loss, {std::log(4.0), 1000, 0});
  EXPECT_EQ(values(logits), before);
  device_->cross_entropy({3, 4, logits, ints({2, 1, -100}), loss, true, 2});
  expect_near(loss, {std::log(4.0), 1000, 0});
  expect_near(logits, {0.5, 0.5, -1.5, 0.5, 2, -2, 0, 0, 0, 0, 0, 0});
}

TEST_F(ReferenceDevice, DropoutKeepsWhatThePhiloxStreamSays) {
  constexpr std::int64_t kCount = 1000;
  const Reals x = reals(kCount), y = random(kCount);
  device_->fill(x, 3);
  device_->dropout({kCount, 0.25, 11, 5, x, y, false});
  const Philox random(11, Stream::kDropout, 5);
  int kept = 0;
  for (std::int64_t i = 0; i < kCount; ++i) {
    const bool keep = random.uniform(static_cast<std::uint64_t>(i)) >= 0.25f;
    ASSERT_EQ(at(y)[i], keep ? 4.0 : 0.0);
    kept += keep;
  }
  EXPECT_NEAR(kept, 750, 60);
}

TEST_F(ReferenceDevice, GradNormGivesTheClippingFactor) {
  const Reals grads = reals_of({3, -4}), out = reals(2);
  device_->grad_norm({2, grads, 0, out});
  expect_near(out, {5, 1});
  device_->grad_norm({2, grads, 10, out});
  expect_near(out, {5, 1});
  device_->grad_norm({2, grads, 1, out});
  expect_near(out, {5, 1 / (5 + 1e-6)});
}

TEST_F(ReferenceDevice, AdamWFollowsItsFormulas) {
  const Reals params = reals_of({1, -2, 3}), m = reals(3), v = reals(3), factor = reals_of({0.5});
  AdamW op;
  op.count = 3;
  op.params = params;
  op.m = m;
  op.v = v;
  op.factor = factor;
  op.lr = 0.1;
  op.weight_decay = 0.01;
  // The first step goes lr against the sign of the gradient, whatever its size.
  op.grads = reals_of({8, -0.002, 0});
  device_->adamw(op);
  const double decay = 1 - 0.1 * 0.01;
  expect_near(params, {1 * decay - 0.1 * 4 / (4 + 1e-8), -2 * decay + 0.1 * 0.001 / (0.001 + 1e-8),
                       3 * decay});
  expect_near(m, {0.1 * 4, -0.1 * 0.001, 0});
  expect_near(v, {0.001 * 16, 0.001 * 1e-6, 0});

  op.grads = reals_of({-4, 0, 2});
  op.step = 2;
  const auto start = values(params);
  device_->adamw(op);
  const double m0 = 0.9 * 0.4 - 0.1 * 2, v0 = 0.999 * 0.016 + 0.001 * 4;
  expect_near(m.slice(0, 1), {m0});
  expect_near(v.slice(0, 1), {v0});
  const double m_hat = m0 / (1 - 0.81), v_hat = v0 / (1 - 0.998001);
  expect_near(params.slice(0, 1), {start[0] * decay - 0.1 * m_hat / (std::sqrt(v_hat) + 1e-8)});
}

}  // namespace
}  // namespace lab
