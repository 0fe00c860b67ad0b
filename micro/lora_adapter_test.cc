// The published cases for one adapter, written anew, and what they left out.
#include "lora_adapter.h"

#include <gtest/gtest.h>

#include "test_helpers.h"

namespace microlora {
namespace {

LoraAdapter trained(std::uint32_t in, std::uint32_t out, std::uint32_t rank, std::uint64_t seed) {
  auto adapter = LoraAdapter::make(in, out, rank, 4, seed).value();
  Normal draw(seed);
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(adapter.accumulate_gradient(draw.vector(in), draw.vector(out), 1));
    adapter.apply_gradients(0.1f);
  }
  return adapter;
}

TEST(LoraAdapter, CountsItsParameters) {
  const auto adapter = LoraAdapter::make(64, 64, 2, 4).value();
  EXPECT_EQ(adapter.param_count(), 64u * 2 + 2 * 64);
  EXPECT_EQ(adapter.memory_bytes(), adapter.param_count() * 4);
}

TEST(LoraAdapter, AGradientWaitsUntilItIsApplied) {
  auto adapter = LoraAdapter::make(64, 32, 2, 4).value();
  const std::vector<float> x(64, 1), g(32, 0.5f);
  std::vector<float> y(32, 9);
  ASSERT_TRUE(adapter.accumulate_gradient(x, g, 1));
  EXPECT_EQ(adapter.pending_updates(), 1u);
  ASSERT_TRUE(adapter.forward(x, y));
  EXPECT_EQ(y, std::vector<float>(32, 0));
  adapter.apply_gradients(0.01f);
  EXPECT_EQ(adapter.pending_updates(), 0u);
  ASSERT_TRUE(adapter.forward(x, y));
  for (float v : y) EXPECT_LT(v, 0) << "against the gradient";
}

TEST(LoraAdapter, RowsOfABatchAreSingleOutputsAndAddingAdds) {
  const auto adapter = trained(33, 20, 3, 1);
  Normal draw(9);
  const auto xs = draw.vector(4 * 33);
  std::vector<float> ys(4 * 20), y(20), added(20, 1);
  ASSERT_TRUE(adapter.forward_batch(xs, ys));
  for (std::size_t row = 0; row < 4; ++row) {
    ASSERT_TRUE(adapter.forward(std::span(xs).subspan(row * 33, 33), y));
    EXPECT_EQ(std::vector(ys.begin() + static_cast<long>(row) * 20,
                          ys.begin() + static_cast<long>(row + 1) * 20),
              y);
  }
  ASSERT_TRUE(adapter.forward_add(std::span(xs).last(33), added));
  for (std::size_t j = 0; j < 20; ++j) EXPECT_NEAR(added[j], y[j] + 1, 1e-6);
}

TEST(LoraAdapter, AStateRestoresItAndAFalseOneIsRefused) {
  const auto adapter = trained(16, 8, 2, 2);
  const auto state = adapter.export_state();
  const auto again = LoraAdapter::from_state(state).value();
  EXPECT_EQ(again.export_state().lora_a, state.lora_a);
  EXPECT_EQ(again.export_state().lora_b, state.lora_b);
  auto wrong = state;
  wrong.rank = 3;
  EXPECT_EQ(LoraAdapter::from_state(wrong).error().status, Status::kShape);
  wrong = state;
  wrong.lora_a[3] = INFINITY;
  EXPECT_EQ(LoraAdapter::from_state(wrong).error().status, Status::kNotFinite);
}

TEST(LoraAdapter, TheRewardWeighsTheGradient) {
  const auto moved = [](float reward) {
    auto adapter = LoraAdapter::make(16, 16, 2, 4, 1).value();
    EXPECT_TRUE(adapter.accumulate_gradient(std::vector<float>(16, 1), std::vector<float>(16, 0.1f),
                                            reward));
    adapter.apply_gradients(0.01f);
    return adapter.export_state().lora_b[5];
  };
  EXPECT_NEAR(moved(2), 2 * moved(1), 1e-7);
  EXPECT_EQ(moved(-1), -moved(1));
}

TEST(LoraAdapter, FisherGrowsWithTheSquaredGradient) {
  auto adapter = LoraAdapter::make(16, 16, 2, 4, 1).value();
  auto ewc = adapter.make_ewc().value();
  ASSERT_TRUE(
      adapter.accumulate_gradient(std::vector<float>(16, 1), std::vector<float>(16, 0.1f), 1));
  ASSERT_TRUE(adapter.update_fisher(*ewc, 0.9f));
  const float g = adapter.core().gradient.b[0];
  EXPECT_GT(g * g, 0);
  EXPECT_NEAR(ewc->fisher_b[0], 0.1f * g * g, 1e-9);
}

}  // namespace
}  // namespace microlora
