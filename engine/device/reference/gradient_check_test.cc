#include "device/reference/gradient_check.h"

#include <algorithm>
#include <cmath>

#include "base/rng.h"

namespace lab {

Reals GradientCheck::reals(std::int64_t count) {
  const auto address = device_->allocate(static_cast<std::uint64_t>(count) * sizeof(double));
  EXPECT_TRUE(address);
  return {*address, count, sizeof(double)};
}

Reals GradientCheck::random(std::int64_t count) {
  const Philox numbers(2024, Stream::kInit);
  const Reals out = reals(count);
  for (std::int64_t i = 0; i < count; ++i) at(out)[i] = 2.0 * numbers.uniform(drawn_++) - 1.0;
  return out;
}

Ints GradientCheck::ints(const std::vector<std::int32_t>& numbers) {
  const auto address = device_->allocate(numbers.size() * sizeof(std::int32_t));
  EXPECT_TRUE(address);
  const Ints out{*address, static_cast<std::int64_t>(numbers.size())};
  device_->write(out, numbers.data());
  return out;
}

double GradientCheck::weighted_sum(Reals weights, Reals outputs) {
  double sum = 0;
  for (std::int64_t i = 0; i < outputs.count; ++i) sum += at(weights)[i] * at(outputs)[i];
  return sum;
}

std::vector<double> GradientCheck::increase(Reals after, const std::vector<double>& before) {
  std::vector<double> out = values(after);
  for (std::size_t i = 0; i < out.size(); ++i) out[i] -= before[i];
  return out;
}

double GradientCheck::gradient_error(Reals variable, const std::vector<double>& gradient,
                                     const std::function<double()>& loss) {
  constexpr double kStep = 1e-3;
  if (gradient.size() != static_cast<std::size_t>(variable.count)) return std::nan("");
  double largest = 0, worst = 0;
  for (std::size_t i = 0; i < gradient.size(); ++i) {
    double& x = at(variable)[i];
    const double middle = x;
    const auto loss_at = [&](double steps) {
      x = middle + steps * kStep;
      return loss();
    };
    const double difference =
        (8 * (loss_at(1) - loss_at(-1)) - (loss_at(2) - loss_at(-2))) / (12 * kStep);
    x = middle;
    largest = std::max(largest, std::abs(difference));
    const double error = std::abs(gradient[i] - difference);
    worst = error <= worst ? worst : error;  // unlike max(), takes a NaN
    if (std::isnan(worst)) return worst;
  }
  return worst / largest;
}

// Without this, a check that sees nothing would pass everything.
TEST_F(GradientCheck, SeesAGradientThatIsSlightlyWrong) {
  const Reals x = random(3);
  const auto loss = [&] { return std::sin(at(x)[0]) * at(x)[1] + at(x)[2] * at(x)[2]; };
  std::vector<double> gradient{std::cos(at(x)[0]) * at(x)[1], std::sin(at(x)[0]), 2 * at(x)[2]};
  EXPECT_LE(gradient_error(x, gradient, loss), kTolerance);
  gradient[1] *= 1 + 1e-5;
  EXPECT_GT(gradient_error(x, gradient, loss), kTolerance);
  gradient[1] = std::nan("");
  EXPECT_FALSE(gradient_error(x, gradient, loss) <= kTolerance);
}

}  // namespace lab
