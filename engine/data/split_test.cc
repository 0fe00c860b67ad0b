#include "data/split.h"

#include <gtest/gtest.h>

#include <numeric>

namespace lab {
namespace {

std::int64_t chosen(std::int64_t units, double fraction, std::uint64_t seed = 1) {
  const auto flags = choose_validation(units, fraction, seed);
  EXPECT_EQ(flags.size(), static_cast<std::size_t>(units));
  return std::accumulate(flags.begin(), flags.end(), std::int64_t{0});
}

TEST(Split, HoldsOutTheFractionButNeverNothingAndNeverAll) {
  EXPECT_EQ(chosen(1000, 0.05), 50);
  EXPECT_EQ(chosen(1000, 0), 0);
  EXPECT_EQ(chosen(10, 0.01), 1);
  EXPECT_EQ(chosen(2, 0.01), 1);
  EXPECT_EQ(chosen(2, 0.99), 1);
  EXPECT_EQ(chosen(1, 0.5), 0);
  EXPECT_EQ(chosen(0, 0.5), 0);
  EXPECT_EQ(chosen(30, 0.5), 15);
}

TEST(Split, DependsOnTheSeedAlone) {
  EXPECT_EQ(choose_validation(100, 0.2, 4), choose_validation(100, 0.2, 4));
  EXPECT_NE(choose_validation(100, 0.2, 4), choose_validation(100, 0.2, 5));
}

TEST(Split, ChoosesFromEveryPartOfTheCorpus) {
  const auto flags = choose_validation(1000, 0.2, 8);
  for (std::size_t tenth = 0; tenth < 10; ++tenth) {
    const auto begin = flags.begin() + static_cast<std::ptrdiff_t>(tenth * 100);
    const int count = std::accumulate(begin, begin + 100, 0);
    EXPECT_GT(count, 5) << tenth;  // 20 are expected; 5 is four deviations below
    EXPECT_LT(count, 36) << tenth;
  }
}

}  // namespace
}  // namespace lab
