#include "infer/sampler.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>

namespace lab {
namespace {

const std::vector<float> kLogits{1.0f, 3.0f, 2.0f, 3.0f, -1.0f};

std::map<std::int32_t, int> draws(SamplerOptions options, int count = 4000) {
  Sampler sampler(options);
  std::map<std::int32_t, int> seen;
  for (int i = 0; i < count; ++i) ++seen[sampler.pick(kLogits, {})];
  return seen;
}

TEST(Sampler, GreedyTakesTheBestAndOfEqualsTheFirst) {
  Sampler sampler({});
  EXPECT_EQ(sampler.pick(kLogits, {}), 1);
}

TEST(Sampler, DrawsInProportionToProbability) {
  const auto seen = draws({.temperature = 1});
  double total = 0;
  for (float logit : kLogits) total += std::exp(logit);
  for (const auto& [id, count] : seen)
    EXPECT_NEAR(count / 4000.0, std::exp(kLogits[static_cast<std::size_t>(id)]) / total, 0.03) << id;
}

TEST(Sampler, TopKKeepsTheLikeliest) {
  const auto seen = draws({.temperature = 2, .top_k = 2});
  EXPECT_EQ(seen.size(), 2u);
  EXPECT_TRUE(seen.contains(1) && seen.contains(3));
}

TEST(Sampler, TopPKeepsTheSmallestSetWithEnoughProbability) {
  // Probabilities: two of about 0.40, one 0.15, one 0.05: three are needed for 0.9.
  EXPECT_EQ(draws({.temperature = 1, .top_p = 0.9}).size(), 3u);
  EXPECT_EQ(draws({.temperature = 1, .top_p = 0.01}).size(), 1u);
}

TEST(Sampler, MinPDropsWhatIsFarBelowTheBest) {
  EXPECT_EQ(draws({.temperature = 3, .min_p = 0.3}).size(), 3u);  // e^-1 = 0.37 stays, e^-2 goes
}

TEST(Sampler, RepetitionPenaltyTurnsAwayFromSeenTokens) {
  Sampler sampler({.repetition_penalty = 2});
  const std::vector<std::int32_t> seen{1, 1};
  EXPECT_EQ(sampler.pick(kLogits, seen), 3);
  const std::vector<std::int32_t> both{1, 3};
  EXPECT_EQ(sampler.pick(kLogits, both), 2);
}

TEST(Sampler, TheSameSeedGivesTheSameTokensAnotherSeedOthers) {
  auto sequence = [](std::uint64_t seed) {
    Sampler sampler({.temperature = 1.5, .seed = seed});
    std::vector<std::int32_t> ids;
    for (int i = 0; i < 50; ++i) ids.push_back(sampler.pick(kLogits, {}));
    return ids;
  };
  EXPECT_EQ(sequence(1), sequence(1));
  EXPECT_NE(sequence(1), sequence(2));
}

}  // namespace
}  // namespace lab
