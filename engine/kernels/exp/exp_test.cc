// The vector exponentials, against the C library in double precision.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/exp/exp_test.cc"
#include "kernels/simd.h"

#include "kernels/exp/exp-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lab::kernels::HWY_NAMESPACE {

void run_exp(std::vector<float>& x) {
  for_vectors(0, static_cast<std::int64_t>(x.size()), [&](std::int64_t i, auto lanes) HWY_ATTR {
    lanes.store(exp(lanes.load(&x[static_cast<std::size_t>(i)])), &x[static_cast<std::size_t>(i)]);
  });
}

void run_exp2_negative(std::vector<float>& x) {
  for_vectors(0, static_cast<std::int64_t>(x.size()), [&](std::int64_t i, auto lanes) HWY_ATTR {
    lanes.store(exp2_negative(lanes.load(&x[static_cast<std::size_t>(i)])),
                &x[static_cast<std::size_t>(i)]);
  });
}

void run_logistic(std::vector<float>& x) {
  for_vectors(0, static_cast<std::int64_t>(x.size()), [&](std::int64_t i, auto lanes) HWY_ATTR {
    lanes.store(logistic(lanes.load(&x[static_cast<std::size_t>(i)])),
                &x[static_cast<std::size_t>(i)]);
  });
}

}  // namespace lab::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lab::kernels {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

/// Evenly spread floats from low to high, both included.
std::vector<float> spread(float low, float high, int count) {
  std::vector<float> x;
  for (int i = 0; i < count; ++i)
    x.push_back(low + (high - low) * (static_cast<float>(i) / static_cast<float>(count - 1)));
  return x;
}

/// The largest error in units of the last place of the true value.
template <class Truth>
double worst_ulps(const std::vector<float>& x, const std::vector<float>& y, Truth truth) {
  double worst = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double wanted = truth(static_cast<double>(x[i]));
    if (!std::isnormal(static_cast<float>(wanted))) continue;
    const double unit = std::exp2(std::floor(std::log2(wanted)) - 23);
    worst = std::max(worst, std::abs(static_cast<double>(y[i]) - wanted) / unit);
  }
  return worst;
}

template <class Test>
void on_every_isa(Test test) {
  for (const Isa isa : attainable_isas()) {
    SCOPED_TRACE(name(isa));
    force_isa(isa);
    test();
  }
  force_isa(attainable_isas().back());
}

TEST(Exp, IsAccurateOverItsWholeRange) {
  on_every_isa([] {
    const std::vector<float> x = spread(-87.3365f, 88.7228f, 400001);
    std::vector<float> y = x;
    LAB_DISPATCH(run_exp)(y);
    EXPECT_LT(worst_ulps(x, y, [](double v) { return std::exp(v); }), 2);
  });
}

TEST(Exp, HasTheRightLimits) {
  on_every_isa([] {
    std::vector<float> y = {0, -0.0f, 88.8f, 1e30f, kInfinity, -87.4f, -1e30f, -kInfinity};
    const std::vector<float> wanted = {1, 1, kInfinity, kInfinity, kInfinity, 0, 0, 0};
    LAB_DISPATCH(run_exp)(y);
    EXPECT_EQ(y, wanted);
    std::vector<float> not_a_number(20, kNaN);
    LAB_DISPATCH(run_exp)(not_a_number);
    for (const float value : not_a_number) EXPECT_TRUE(std::isnan(value));
  });
}

TEST(Exp2Negative, IsAccurateAndHasTheRightLimits) {
  on_every_isa([] {
    const std::vector<float> x = spread(-126, 0, 400001);
    std::vector<float> y = x;
    LAB_DISPATCH(run_exp2_negative)(y);
    EXPECT_LT(worst_ulps(x, y, [](double v) { return std::exp2(v); }), 2);
    std::vector<float> limits = {0, -1, -127, -1e30f, -kInfinity};
    LAB_DISPATCH(run_exp2_negative)(limits);
    EXPECT_EQ(limits, (std::vector<float>{1, 0.5f, 0, 0, 0}));
    std::vector<float> not_a_number(20, kNaN);
    LAB_DISPATCH(run_exp2_negative)(not_a_number);
    for (const float value : not_a_number) EXPECT_TRUE(std::isnan(value));
  });
}

TEST(Logistic, IsAccurateAndHasTheRightLimits) {
  on_every_isa([] {
    const std::vector<float> x = spread(-87, 87, 400001);
    std::vector<float> y = x;
    LAB_DISPATCH(run_logistic)(y);
    EXPECT_LT(worst_ulps(x, y, [](double v) { return 1 / (1 + std::exp(-v)); }), 3);
    std::vector<float> limits = {0, 200, kInfinity, -200, -kInfinity};
    LAB_DISPATCH(run_logistic)(limits);
    EXPECT_EQ(limits, (std::vector<float>{0.5f, 1, 1, 0, 0}));
  });
}

}  // namespace
}  // namespace lab::kernels
#endif
