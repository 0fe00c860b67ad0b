// GradientCheck: random data on a reference device, and gradients compared with finite differences.
#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "device/device.h"
#include "device/reference/reference_device.h"

namespace lab {

/// A fixture: what tests of the reference device need. Data are reached through their address,
/// since write() and read() would round to float32.
class GradientCheck : public testing::Test {
 protected:
  static double* at(Reals reals) { return reinterpret_cast<double*>(reals.address); }
  static std::vector<double> values(Reals reals) { return {at(reals), at(reals) + reals.count}; }

  Reals reals(std::int64_t count);   ///< zeros
  Reals random(std::int64_t count);  ///< uniform in [-1, 1), never the same
  Ints ints(const std::vector<std::int32_t>& numbers);

  /// sum_i weights[i] * outputs[i]: a loss whose gradient by the outputs is the weights.
  static double weighted_sum(Reals weights, Reals outputs);
  /// after[i] - before[i].
  static std::vector<double> increase(Reals after, const std::vector<double>& before);

  /// max |gradient - d loss() / d variable| / max |d loss() / d variable|; NaN where there is
  /// nothing to compare. loss() computes everything anew; the derivative is the five-point
  /// difference.
  static double gradient_error(Reals variable, const std::vector<double>& gradient,
                               const std::function<double()>& loss);
  static constexpr double kTolerance = 1e-7;

  std::unique_ptr<Device> device_ = make_reference_device();

 private:
  std::uint64_t drawn_ = 0;
};

}  // namespace lab
