// Values from transformers 5.23, modeling_rope_utils (ROPE_INIT_FUNCTIONS), at the settings named.
#include "model/rope_scaling.h"

#include <gtest/gtest.h>

#include <cmath>

namespace lab {
namespace {

RopeScaling base(RopeKind kind) {
  RopeScaling s;
  s.kind = kind;
  s.rotary = 16;
  s.theta = 10000;
  s.factor = 4;
  s.original_positions = 64;
  return s;
}

const std::vector<double> kLinear{0.25, 0.079056941, 0.0250000004, 0.00790569466, 0.00249999994, 0.000790569466, 0.000250000012, 7.90569466e-05};  // attention factor 1
const std::vector<double> kLlama3{1, 0.254647911, 0.0254647899, 0.00790569466, 0.00249999994, 0.000790569466, 0.000250000012, 7.90569466e-05};  // attention factor 1
const std::vector<double> kYarn{1, 0.237170815, 0.049999997, 0.00790569466, 0.00249999994, 0.000790569466, 0.000250000012, 7.90569466e-05};  // attention factor 1.13862944
const std::vector<double> kYarnBetas{1, 0.160589159, 0.0250000004, 0.00790569466, 0.00249999994, 0.000790569466, 0.000250000012, 7.90569466e-05};  // attention factor 1.13862944
const std::vector<double> kDynamic{1, 0.219212472, 0.0480541028, 0.0105340583, 0.00230919686, 0.000506204728, 0.000110966386, 2.43252125e-05};  // attention factor 1

void expect_frequencies(const RopeScaling& scaling, const std::vector<double>& golden, std::int64_t positions = 64) {
  const auto ours = rope_frequencies(scaling, positions);
  ASSERT_EQ(ours.size(), golden.size());
  for (std::size_t i = 0; i < ours.size(); ++i) EXPECT_NEAR(ours[i], golden[i], 2e-6 * golden[i]) << i;
}

TEST(RopeScaling, GivesTransformersFrequencies) {
  expect_frequencies(base(RopeKind::kLinear), kLinear);
  expect_frequencies(base(RopeKind::kLlama3), kLlama3);
  expect_frequencies(base(RopeKind::kYarn), kYarn);
  RopeScaling betas = base(RopeKind::kYarn);
  betas.beta_fast = 8;
  betas.beta_slow = 2;
  betas.truncate = false;
  expect_frequencies(betas, kYarnBetas);
  expect_frequencies(base(RopeKind::kDynamic), kDynamic, 256);
}

TEST(RopeScaling, YarnScalesTheTableByItsAttentionFactor) {
  const RopeTable table = rope_table(base(RopeKind::kYarn), 1);
  EXPECT_NEAR(table.cosines[0], 0.1 * std::log(4.0) + 1, 1e-6);
  EXPECT_EQ(table.sines[0], 0);
}

TEST(RopeScaling, DivisorsOfAFileSlowEachFrequency) {
  RopeScaling scaling = base(RopeKind::kDefault);
  const auto plain = rope_frequencies(scaling, 64);
  scaling.divisors.assign(8, 2.0);
  for (std::size_t i = 0; i < 8; ++i) EXPECT_EQ(rope_frequencies(scaling, 64)[i], plain[i] / 2);
}

}  // namespace
}  // namespace lab
