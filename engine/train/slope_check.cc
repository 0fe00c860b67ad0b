#include "train/slope_check.h"

#include <algorithm>
#include <cmath>

#include "base/cat.h"
#include "base/rng.h"

namespace lab {
namespace {

/// Blocks of parameters go to the directions in turn; small enough that each gets one.
bool moves(std::int64_t index, std::int64_t count, std::int64_t number, std::int64_t directions) {
  const std::int64_t block = std::clamp<std::int64_t>(count / (directions - 1), 1, 4096);
  return number == 0 || index / block % (directions - 1) == number - 1;
}

double norm(std::span<const float> v) {
  double sum = 0;
  for (const double x : v) sum += x * x;
  return std::sqrt(sum);
}

}  // namespace

Result<SlopeCheck> check_slope(std::span<const float> parameters, std::span<const float> gradient, double loss,
                               std::int64_t number, std::int64_t directions, std::uint64_t seed, const LossAt& loss_at) {
  const auto count = static_cast<std::int64_t>(parameters.size());
  std::vector<float> along(parameters.size()), random(parameters.size());
  const Philox philox(seed, Stream::kDirection, static_cast<std::uint32_t>(number));
  SlopeCheck out;
  for (std::int64_t i = 0; i < count; ++i) {
    if (!moves(i, count, number, directions)) continue;
    const auto at = static_cast<std::size_t>(i);
    ++out.parameters;
    along[at] = gradient[at];
    random[at] = philox.normal(static_cast<std::uint64_t>(i));
  }
  const double gradient_norm = norm(along), random_norm = norm(random);
  if (!(gradient_norm > 0)) return fail(Error{Code::kEmpty, cat("the gradient along direction ", number, " is zero")}.of("direction"));
  for (std::size_t i = 0; i < along.size(); ++i) along[i] = static_cast<float>(along[i] / gradient_norm + random[i] / random_norm);
  const double length = norm(along);
  for (std::size_t i = 0; i < along.size(); ++i) {
    along[i] = static_cast<float>(along[i] / length);
    out.backward += static_cast<double>(along[i]) * gradient[i];
  }

  out.step = loss / 400 / std::abs(out.backward);
  std::vector<float> moved(parameters.size());
  const auto loss_with = [&](double factor) {
    for (std::size_t i = 0; i < moved.size(); ++i) moved[i] = static_cast<float>(parameters[i] + factor * static_cast<double>(along[i]));
    return loss_at(moved);
  };
  LAB_TRY(const double above, loss_with(out.step));
  LAB_TRY(const double below, loss_with(-out.step));
  out.central = (above - below) / (2 * out.step);
  return out;
}

}  // namespace lab
