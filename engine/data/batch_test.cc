#include "data/batch.h"

#include <gtest/gtest.h>

namespace lab {
namespace {

using Ints = std::vector<std::int32_t>;

TEST(Batch, TellsEveryTokenWhatToPredictWithinItsOwnSegment) {
  Batch batch(8);
  const Ints first{10, 11, 12, 13}, second{20, 21}, third{30};
  const std::vector<std::uint8_t> all(4, 1), some{1, 0, 0, 1};
  batch.append(first, some, 3);
  batch.append(second, all, 7);
  batch.append(third, all, 9);
  EXPECT_EQ(batch.ids, (Ints{10, 11, 12, 13, 20, 21, 30}));
  EXPECT_EQ(batch.targets, (Ints{kNoTarget, kNoTarget, 13, kNoTarget, 21, kNoTarget, kNoTarget}));
  EXPECT_EQ(batch.positions, (Ints{0, 1, 2, 3, 0, 1, 0}));
  EXPECT_EQ(batch.segment_begin, (Ints{0, 0, 0, 0, 4, 4, 6}));
  EXPECT_EQ(batch.tokens, 7);
  EXPECT_EQ(batch.loss_tokens, 2);
  EXPECT_EQ(batch.line_of(0), 3);
  EXPECT_EQ(batch.line_of(3), 3);
  EXPECT_EQ(batch.line_of(4), 7);
  EXPECT_EQ(batch.line_of(6), 9);
}

TEST(Batch, AllocatesNothingWhileItIsFilledAgain) {
  Batch batch(6);
  const Ints ids{1, 2, 3};
  const std::vector<std::uint8_t> loss(3, 1);
  const auto* place = batch.ids.data();
  for (int round = 0; round < 3; ++round) {
    batch.clear();
    EXPECT_EQ(batch.tokens, 0);
    EXPECT_EQ(batch.loss_tokens, 0);
    EXPECT_EQ(batch.line_of(0), -1);
    for (int i = 0; i < 2; ++i) batch.append(ids, loss, i + 1);
    for (const auto* list : {&batch.ids, &batch.targets, &batch.positions, &batch.segment_begin}) {
      EXPECT_EQ(list->size(), 6u);
      EXPECT_EQ(list->capacity(), 6u);
    }
    EXPECT_EQ(batch.ids.data(), place);
    EXPECT_EQ(batch.loss_tokens, 4);
  }
}

}  // namespace
}  // namespace lab
