#include "strict.h"

#include <gtest/gtest.h>

#include <limits>

#include "adapter.h"
#include "test_helpers.h"

namespace microlora {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

TEST(Strict, ProductsAgreeWithDoublePrecision) {
  for (std::size_t n = 16; n <= 272; n += 16) {
    Normal draw(n);
    const auto x = draw.vector(n), rows = draw.vector(4 * n);
    float low[4];
    dot_rows(x.data(), rows.data(), n, 4, low);
    for (std::size_t k = 0; k < 4; ++k) {
      double exact = 0;
      for (std::size_t i = 0; i < n; ++i) exact += static_cast<double>(x[i]) * rows[k * n + i];
      EXPECT_NEAR(low[k], exact, 1e-4);
      EXPECT_EQ(low[k], dot(x.data(), rows.data() + k * n, n));
    }
  }
}

TEST(Strict, AWeightNeverLeavesTheLimit) {
  std::vector<float> row(16, 1e12f), x(16, 3e38f);
  const float c[] = {3e38f};
  add_scaled(row.data(), *c, x.data(), 16, kWeightLimit);
  for (float v : row) EXPECT_EQ(v, kWeightLimit);
  const float d[] = {-3e38f};
  add_scaled(row.data(), *d, x.data(), 16, kWeightLimit);
  for (float v : row) EXPECT_EQ(v, -kWeightLimit);
}

TEST(Strict, FiniteAndTheLimitAreTold) {
  EXPECT_TRUE(finite(3.4e38f));
  EXPECT_FALSE(finite(kInfinity));
  EXPECT_FALSE(finite(kInfinity - kInfinity));
  const float values[] = {1, -1e12f, 2e12f}, bad[] = {1, kInfinity - kInfinity};
  EXPECT_TRUE(all_within_limit(values, 2));
  EXPECT_FALSE(all_within_limit(values, 3));
  EXPECT_FALSE(all_within_limit(bad, 2));
}

TEST(Random, NumbersAreSpreadAndDependOnEveryArgument) {
  double sum = 0;
  for (std::uint64_t i = 0; i < 10000; ++i) sum += Random(7, 0).unit(i);
  EXPECT_NEAR(sum / 10000, 0.5, 0.02);
  const auto bits = Random(1, 2).bits(3);
  EXPECT_NE(bits, Random(2, 2).bits(3));
  EXPECT_NE(bits, Random(1, 3).bits(3));
  EXPECT_NE(bits, Random(1, 2).bits(4));
}

}  // namespace
}  // namespace microlora
