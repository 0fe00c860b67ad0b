// Slope check: what the backward says of the loss's slope along a direction, beside central differences.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "base/result.h"

namespace lab {

/// The loss with other parameters.
using LossAt = std::function<Result<double>(std::span<const float> parameters)>;

struct SlopeCheck {
  double backward = 0;               ///< gradient times direction
  double central = 0;                ///< (L(x + h d) - L(x - h d)) / 2h
  double step = 0;                   ///< h
  std::int64_t parameters = 0;       ///< that the direction moves
};

/// Checks one of `directions`, numbered from 0: a unit vector over all parameters (number 0) or over every
/// k-th block of them, half the gradient's own direction and half random, so that its slope stands
/// out of the rounding of a loss in float32 and a gradient that is zero where it should not be still shows.
/// The step is such that the loss should move by a 400th of itself. `loss` is that at `parameters`.
/// kEmpty if the gradient vanishes there.
Result<SlopeCheck> check_slope(std::span<const float> parameters, std::span<const float> gradient, double loss,
                               std::int64_t number, std::int64_t directions, std::uint64_t seed, const LossAt& loss_at);

}  // namespace lab
