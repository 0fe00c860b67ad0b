// Slope checks of functions whose gradient is known, and of gradients that are wrong.
#include "train/slope_check.h"

#include <gtest/gtest.h>

#include <cmath>

namespace lab {
namespace {

/// 3 + the sum of w_i x_i^2, with w_i = 1 + i mod 3.
struct Bowl {
  std::vector<float> at, gradient;
  double loss = 3;

  explicit Bowl(int count) {
    for (int i = 0; i < count; ++i) {
      at.push_back(0.1F * static_cast<float>(i % 7 - 3));
      gradient.push_back(static_cast<float>(2 * (1 + i % 3)) * at.back());
      loss += (1 + i % 3) * static_cast<double>(at.back()) * at.back();
    }
  }
  static Result<double> value(std::span<const float> x) {
    double sum = 3;
    for (std::size_t i = 0; i < x.size(); ++i) sum += static_cast<double>(1 + i % 3) * x[i] * x[i];
    return sum;
  }
  SlopeCheck check(int number, int directions) const { return check_slope(at, gradient, loss, number, directions, 5, value).value(); }
};

double difference(const SlopeCheck& check) { return std::abs(check.backward - check.central) / std::abs(check.central); }

TEST(SlopeCheck, AgreesWithTheDifferencesOfAFunctionWithThisGradient) {
  const Bowl bowl(5000);
  for (int number = 0; number < 4; ++number) EXPECT_LT(difference(bowl.check(number, 4)), 1e-4) << number;
}

TEST(SlopeCheck, MovesEveryParameterInItsFirstDirectionAndOnceInTheOthers) {
  for (int count : {1, 2, 7, 5000}) {
    const Bowl bowl(count);
    EXPECT_EQ(bowl.check(0, 4).parameters, count);
  }
  const Bowl bowl(50000);
  EXPECT_EQ(bowl.check(1, 4).parameters + bowl.check(2, 4).parameters + bowl.check(3, 4).parameters, 50000);
}

TEST(SlopeCheck, NoticesAGradientThatIsTooSmallOrLacksAPart) {
  Bowl small(5000), lacking(5000);
  for (float& g : small.gradient) g *= 0.99F;
  EXPECT_GT(difference(small.check(0, 4)), 5e-3);
  for (std::size_t i = 0; i < lacking.gradient.size(); i += 2) lacking.gradient[i] = 0;
  EXPECT_GT(difference(lacking.check(0, 4)), 1e-3);
}

TEST(SlopeCheck, RefusesWhereTheGradientVanishes) {
  Bowl flat(10);
  std::fill(flat.gradient.begin(), flat.gradient.end(), 0.0F);
  const auto checked = check_slope(flat.at, flat.gradient, flat.loss, 0, 2, 5, Bowl::value);
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().code, Code::kEmpty);
}

}  // namespace
}  // namespace lab
