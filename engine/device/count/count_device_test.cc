#include "device/count/count_device.h"

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <set>
#include <span>
#include <vector>

#include "device/arena.h"

namespace lab {
namespace {

class CountDeviceTest : public testing::Test {
 protected:
  Reals reals(std::int64_t count) { return arena_.reals(count); }
  Ints ints(const std::vector<std::int32_t>& numbers) {
    const Ints out = arena_.ints(static_cast<std::int64_t>(numbers.size()));
    device_.write(out, numbers.data());
    return out;
  }
  Weight weight(DType dtype, std::int64_t rows, std::int64_t cols) const {
    return {64, dtype, rows, cols};
  }
  OperationCount row(Operation operation) const { return device_.counts()[operation]; }
  std::int64_t calls(const LinearShape& shape) const {
    const auto found = device_.counts().linear_products.find(shape);
    return found == device_.counts().linear_products.end() ? 0 : found->second;
  }

  CountDevice device_;
  Arena arena_{*device_.allocate(0), std::numeric_limits<std::uint64_t>::max(), 4};
};

TEST_F(CountDeviceTest, AllocatesMoreThanThereIs) {
  const auto huge = device_.allocate(std::numeric_limits<std::uint64_t>::max());
  const auto next = device_.allocate(100);
  ASSERT_TRUE(huge);
  ASSERT_TRUE(next);
  EXPECT_EQ(*huge % 64, 0u);
  EXPECT_GE(*next - *huge, CountDevice::kReach);
}

TEST_F(CountDeviceTest, AddsUpMemory) {
  ASSERT_TRUE(device_.allocate(1000));
  ASSERT_TRUE(device_.allocate(24));
  EXPECT_EQ(device_.allocated_bytes(), 1024u);
  const std::array<std::byte, 40> stored{};
  ASSERT_TRUE(device_.place({DType::kQ4_1, {2, 32}, stored}));
  ASSERT_FALSE(device_.place({DType::kQ4_1, {2, 31}, stored}));
  EXPECT_EQ(device_.placed_bytes(), 40u);
}

TEST_F(CountDeviceTest, ReadsZeros) {
  std::array<float, 3> back{1, 2, 3};
  device_.read(reals(3), back.data());
  EXPECT_EQ(back, (std::array<float, 3>{}));
}

TEST_F(CountDeviceTest, CountsALinearLayer) {
  // 5 tokens, 64 -> 6, Q4_1: 6 * 2 blocks of 20 bytes.
  LinearForward op{5, weight(DType::kQ4_1, 6, 64), reals(5 * 64), {}, reals(5 * 6), false, {}};
  device_.linear_forward(op);
  EXPECT_EQ(row(Operation::kLinearForward), (OperationCount{1, 3840, 240 + 1280 + 120}));
  EXPECT_EQ(calls({Product::kForward, 5, 64, 6, DType::kQ4_1}), 1);

  op.bias = reals(6);
  op.accumulate = true;
  device_.linear_forward(op);
  EXPECT_EQ(row(Operation::kLinearForward), (OperationCount{2, 2 * 3840, 1640 + 1640 + 24 + 120}));
  EXPECT_EQ(calls({Product::kForward, 5, 64, 6, DType::kQ4_1}), 2);
}

TEST_F(CountDeviceTest, CountsALowRankPairAsItsTwoMatrices) {
  LowRank pair{2, 1.0, reals(2 * 64), reals(6 * 2), {}, reals(5 * 2), {}, {}};
  const Reals x = reals(5 * 64);
  device_.linear_forward({5, weight(DType::kF32, 6, 64), x, {}, reals(30), false, pair});
  EXPECT_EQ(row(Operation::kLinearForward),
            (OperationCount{1, 2 * 5 * (64 * 6 + 64 * 2 + 2 * 6),
                            4 * (6 * 64 + 5 * 64 + 5 * 6 + 2 * 64 + 6 * 2 + 5 * 2)}));
  EXPECT_EQ(calls({Product::kForward, 5, 64, 2, DType::kF32}), 1);
  EXPECT_EQ(calls({Product::kForward, 5, 2, 6, DType::kF32}), 1);

  LinearBackward op;
  op.tokens = 5;
  op.weight = weight(DType::kF32, 6, 64);
  op.dy = reals(30);
  op.x = x;
  op.dx = reals(5 * 64);
  op.pair = pair;
  op.d_a = reals(2 * 64);
  op.d_b = reals(6 * 2);
  op.du = reals(5 * 2);
  device_.linear_backward(op);
  // dx, du, d_b, d_a, du A.
  EXPECT_EQ(row(Operation::kLinearBackward).flops,
            2u * 5 * (64 * 6 + 2 * 6 + 2 * 6 + 64 * 2 + 64 * 2));
  EXPECT_EQ(row(Operation::kLinearBackward).bytes,
            4u * (30 + 6 * 64 + 5 * 64 + 5 * 64 +      // dy, W, dx, x
                  6 * 2 + 5 * 2 + 2 * 6 * 2 + 5 * 2 +  // B, du, d_b, u
                  2 * 2 * 64 + 2 * 64));               // d_a, A
  EXPECT_EQ(calls({Product::kInputGradient, 5, 64, 6, DType::kF32}), 1);
  EXPECT_EQ(calls({Product::kInputGradient, 5, 2, 6, DType::kF32}), 1);
  EXPECT_EQ(calls({Product::kInputGradient, 5, 64, 2, DType::kF32}), 1);
  EXPECT_EQ(calls({Product::kWeightGradient, 5, 2, 6, DType::kF32}), 1);
  EXPECT_EQ(calls({Product::kWeightGradient, 5, 64, 2, DType::kF32}), 1);
}

TEST_F(CountDeviceTest, CountsOnlyTheGradientsThatAreWanted) {
  LinearBackward op;
  op.tokens = 5;
  op.weight = weight(DType::kF32, 6, 64);
  op.dy = reals(30);
  op.x = reals(5 * 64);
  op.d_weight = reals(6 * 64);
  op.d_bias = reals(6);
  device_.linear_backward(op);
  EXPECT_EQ(row(Operation::kLinearBackward),
            (OperationCount{1, 2 * 5 * 64 * 6, 4 * (30 + 5 * 64 + 2 * 6 * 64 + 2 * 6)}));
  EXPECT_EQ(calls({Product::kWeightGradient, 5, 64, 6, DType::kF32}), 1);
  EXPECT_EQ(device_.counts().linear_products.size(), 1u);
}

TEST_F(CountDeviceTest, PairOfOnlyBNeedsNoWayThroughA) {
  LinearBackward op;
  op.tokens = 5;
  op.weight = weight(DType::kF32, 6, 64);
  op.dy = reals(30);
  op.pair = {2, 1.0, reals(2 * 64), reals(6 * 2), {}, reals(5 * 2), {}, {}};
  op.d_b = reals(6 * 2);
  op.du = reals(5 * 2);
  device_.linear_backward(op);
  EXPECT_EQ(row(Operation::kLinearBackward),
            (OperationCount{1, 2 * 5 * 2 * 6, 4 * (30 + 2 * 6 * 2 + 5 * 2)}));
}

TEST_F(CountDeviceTest, CountsTheOperandsOfDropoutAndDora) {
  const auto bytes = [&](Operation operation, const auto& run) {
    const std::uint64_t before = row(operation).bytes;
    run();
    return row(operation).bytes - before;
  };
  LinearForward forward{5, weight(DType::kF32, 6, 64), reals(5 * 64), {}, reals(30), false, {}};
  forward.pair = {2, 1.0, reals(2 * 64), reals(6 * 2), {}, reals(5 * 2), {}, {}};
  LinearBackward backward;
  backward.tokens = 5;
  backward.weight = forward.weight;
  backward.dy = reals(30);
  backward.x = forward.x;
  backward.dx = reals(5 * 64);
  backward.pair = forward.pair;
  backward.d_a = reals(2 * 64);
  backward.d_b = reals(6 * 2);
  backward.du = reals(5 * 2);
  const auto run_forward = [&] { device_.linear_forward(forward); };
  const auto run_backward = [&] { device_.linear_backward(backward); };
  const std::uint64_t plain_forward = bytes(Operation::kLinearForward, run_forward);
  const std::uint64_t plain_backward = bytes(Operation::kLinearBackward, run_backward);

  forward.pair.input = backward.pair.input = reals(5 * 64);
  backward.d_input = reals(5 * 64);
  EXPECT_EQ(bytes(Operation::kLinearForward, run_forward), plain_forward + 4 * 5 * 64);
  // The pair's input takes the place of x; d_input is one more.
  EXPECT_EQ(bytes(Operation::kLinearBackward, run_backward), plain_backward + 4 * 5 * 64);

  forward.pair.input = backward.pair.input = backward.d_input = {};
  forward.pair.magnitude = forward.pair.norm = reals(6);
  backward.pair = forward.pair;
  backward.z = backward.g_dy = reals(30);
  EXPECT_EQ(bytes(Operation::kLinearForward, run_forward), plain_forward + 4 * 12);
  EXPECT_EQ(bytes(Operation::kLinearBackward, run_backward), plain_backward + 4 * (12 + 30));
  backward.d_magnitude = reals(6);
  EXPECT_EQ(bytes(Operation::kLinearBackward, run_backward),
            plain_backward + 4 * (12 + 30 + 30 + 12));
}

TEST_F(CountDeviceTest, LinearProductsHoldAllFlopsOfLinearLayers) {
  LowRank pair{3,        1.0,     reals(3 * 32), reals(7 * 3), reals(4 * 32), reals(4 * 3),
               reals(7), reals(7)};
  const Weight w = weight(DType::kQ8_0, 7, 32);
  device_.linear_forward({4, w, reals(4 * 32), reals(7), reals(28), true, pair});
  LinearBackward op;
  op.tokens = 4;
  op.weight = w;
  op.dy = reals(28);
  op.dx = op.d_input = reals(4 * 32);
  op.pair = pair;
  op.d_a = reals(3 * 32);
  op.d_b = reals(7 * 3);
  op.du = reals(4 * 3);
  op.d_magnitude = reals(7);
  op.z = op.g_dy = reals(28);
  device_.linear_backward(op);
  std::uint64_t flops = 0;
  for (const auto& [shape, calls] : device_.counts().linear_products)
    flops += shape.flops() * static_cast<std::uint64_t>(calls);
  EXPECT_EQ(flops, device_.counts().total().flops);
  EXPECT_EQ(flops, 2u * 4 * (2 * 32 * 7 + 3 * 32 * 3 + 3 * 3 * 7));
}

TEST_F(CountDeviceTest, AttentionCountsTheVisibleKeys) {
  AttentionForward op;
  op.queries = 4;
  op.keys = 10;
  op.heads = 6;
  op.kv_heads = 2;
  op.head_dim = 8;
  op.q = op.out = reals(4 * 48);
  op.k = op.v = reals(10 * 16);
  op.key_begin = ints({0, 2, 4, 5});
  op.key_end = ints({0, 4, 5, 6});  // 0 + 2 + 1 + 1 pairs within the keys 2..5
  device_.attention_forward(op);
  const std::uint64_t operands = 4 * (2 * 4 * 48 + 2 * 4 * 16 + 2 * 4);
  EXPECT_EQ(row(Operation::kAttentionForward), (OperationCount{1, 4 * 4 * 48, operands}));

  op.log_sum_exp = reals(24);
  AttentionBackward backward;
  backward.forward = op;
  device_.attention_backward(backward);
  EXPECT_EQ(row(Operation::kAttentionBackward).flops, 4u * 4 * 48 * 5 / 2);
  EXPECT_EQ(row(Operation::kAttentionBackward).bytes,
            operands + 4 * (2 * 4 * 48 + 2 * 10 * 16 + 24 + 24));
}

TEST_F(CountDeviceTest, RangesAreThoseWrittenLast) {
  AttentionForward op;
  op.queries = 3;
  op.keys = 3;
  op.heads = op.kv_heads = op.head_dim = 1;
  op.key_begin = ints({0, 0, 0});
  op.key_end = ints({1, 2, 3});
  const std::int32_t only_itself[] = {1, 2};
  device_.write(op.key_begin.slice(1, 2), only_itself);
  device_.attention_forward(op);
  EXPECT_EQ(row(Operation::kAttentionForward).flops, 4u * 3);
  // A part of the same lists, as a chunk of queries sees them.
  op.queries = 1;
  op.key_begin = op.key_begin.slice(2, 1);
  op.key_end = op.key_end.slice(2, 1);
  device_.attention_forward(op);
  EXPECT_EQ(row(Operation::kAttentionForward).flops, 4u * 4);
}

TEST_F(CountDeviceTest, CountsElementwiseOperationsInBytesOnly) {
  const Reals r = reals(12);
  const auto expect = [&](Operation operation, std::uint64_t bytes) {
    EXPECT_EQ(row(operation), (OperationCount{1, 0, bytes})) << name(operation);
  };
  device_.fill(r, 1);
  expect(Operation::kFill, 48);
  device_.copy(r, r);
  expect(Operation::kCopy, 96);
  device_.add(r, r);
  expect(Operation::kAdd, 144);
  device_.rms_norm_forward({3, 4, 0.1, r, r, r});
  expect(Operation::kRmsNormForward, 4 * (24 + 4));
  device_.rms_norm_backward({3, 4, 0.1, r, r, r, r, r, true});
  expect(Operation::kRmsNormBackward, 4 * (48 + 4 + 8));
  device_.rope({3, 2, 8, 4, RopePairs::kHalves, ints({0, 1, 2}), r, r, reals(48), false});
  expect(Operation::kRope, 4 * (2 * 3 * 2 * 4 + 2 * 3 * 2 + 3));
  device_.swiglu_forward({12, r, r, r});
  expect(Operation::kSwigluForward, 3 * 48);
  device_.swiglu_backward({12, r, r, r, r, r});
  expect(Operation::kSwigluBackward, 5 * 48);
  device_.cross_entropy({3, 4, r, ints({0, 1, 2}), reals(3), true, 1});
  expect(Operation::kCrossEntropy, 96 + 12 + 12);
  device_.dropout({12, 0.1, 1, 1, r, r, false});
  expect(Operation::kDropout, 96);
  device_.grad_norm({12, r, 1, reals(2)});
  expect(Operation::kGradNorm, 48 + 8);
  device_.adamw({12, r, r, r, r, reals(1), 1e-3});
  expect(Operation::kAdamW, 48 * 7 + 4);
  device_.embed_forward({3, ints({0, 1, 2}), weight(DType::kF16, 9, 4), r});
  expect(Operation::kEmbedForward, 3 * 4 * 2 + 48 + 12);
  device_.embed_backward({3, 4, ints({0, 1, 2}), r, reals(36)});
  expect(Operation::kEmbedBackward, 48 * 3 + 12);
}

TEST_F(CountDeviceTest, CountsTheProductsOfEmbeddingPairsAndNorms) {
  const Ints ids = ints({0, 1, 2});
  const Reals a = reals(2 * 9), b = reals(4 * 2), x = reals(12);
  device_.embed_pair_forward({3, 4, 9, 2, 1, ids, a, b, x});
  EXPECT_EQ(row(Operation::kEmbedPairForward),
            (OperationCount{1, 2 * 3 * 4 * 2, 12 + 4 * (3 * 2 + 8 + 24)}));
  device_.embed_pair_backward({3, 4, 9, 2, 1, ids, a, b, x, a, b});
  EXPECT_EQ(row(Operation::kEmbedPairBackward),
            (OperationCount{1, 2 * 2 * 3 * 4 * 2, 12 + 4 * (12 + 8 + 2 * 6 + 6 + 2 * 8)}));
  device_.low_rank_norms({weight(DType::kF32, 4, 9), 2, 1, a, b, reals(4)});
  EXPECT_EQ(row(Operation::kLowRankNorms),
            (OperationCount{1, 2 * 4 * 9 * 2 + 2 * 4 * 9, 4 * (36 + 18 + 8 + 4)}));
}

TEST_F(CountDeviceTest, CountsInTheNumberTypeOfTheRun) {
  CountDevice device(DType::kF64);
  EXPECT_EQ(device.real_bytes(), 8u);
  const Reals values{64, 12, 8};
  const Weight trained = device.as_weight(values, 3, 4);
  EXPECT_EQ(trained.dtype, DType::kF64);
  device.linear_forward({2, trained, values, {}, values, false, {}});
  EXPECT_EQ(device.counts()[Operation::kLinearForward],
            (OperationCount{1, 2 * 2 * 3 * 4, 8 * (12 + 2 * 4 + 2 * 3)}));
}

TEST_F(CountDeviceTest, ClearsCountsAndKeepsRanges) {
  AttentionForward op;
  op.queries = op.keys = op.heads = op.kv_heads = op.head_dim = 1;
  op.key_begin = ints({0});
  op.key_end = ints({1});
  device_.attention_forward(op);
  device_.clear_counts();
  EXPECT_EQ(device_.counts().total(), OperationCount{});
  device_.attention_forward(op);
  EXPECT_EQ(device_.counts().total().flops, 4u);
  EXPECT_EQ(device_.counts().total().calls, 1);
}

TEST_F(CountDeviceTest, NamesEveryOperationOnce) {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < kOperations; ++i) names.insert(name(static_cast<Operation>(i)));
  EXPECT_EQ(names.size(), kOperations);
  EXPECT_EQ(name(Operation::kAdamW), "adamw");
  EXPECT_EQ(name(Operation::kAttentionForward), "attention_forward");
}

// The forward of SmolLM2-135M over 512 tokens, by hand: 0.287 GFLOP a token.
TEST_F(CountDeviceTest, GivesTheKnownCostOfASmallLlama) {
  constexpr std::int64_t kTokens = 512, kHidden = 576, kLayers = 30;
  const auto linear = [&](std::int64_t in, std::int64_t out) {
    device_.linear_forward({kTokens, weight(DType::kQ4_1, out, in), {}, {}, {}, false, {}});
  };
  std::vector<std::int32_t> begin(kTokens, 0), end(kTokens);
  for (std::size_t t = 0; t < kTokens; ++t) end[t] = static_cast<std::int32_t>(t) + 1;
  AttentionForward attention;
  attention.queries = attention.keys = kTokens;
  attention.heads = 9;
  attention.kv_heads = 3;
  attention.head_dim = 64;
  attention.key_begin = ints(begin);
  attention.key_end = ints(end);
  for (int layer = 0; layer < kLayers; ++layer) {
    linear(kHidden, kHidden);
    linear(kHidden, 192);
    linear(kHidden, 192);
    device_.attention_forward(attention);
    linear(kHidden, kHidden);
    linear(kHidden, 1536);
    linear(kHidden, 1536);
    linear(1536, kHidden);
  }
  linear(kHidden, 49152);
  EXPECT_NEAR(static_cast<double>(device_.counts().total().flops) / kTokens, 0.287e9, 0.0005e9);
  EXPECT_EQ(calls({Product::kForward, kTokens, kHidden, 1536, DType::kQ4_1}), 2 * kLayers);
}

}  // namespace
}  // namespace lab
