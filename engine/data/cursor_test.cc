#include "data/cursor.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

namespace lab {
namespace {

std::vector<std::int64_t> take(Cursor& cursor, int count) {
  std::vector<std::int64_t> rows;
  for (int i = 0; i < count; ++i) rows.push_back(cursor.next());
  return rows;
}

TEST(Cursor, VisitsEveryRowOnceAnEpochInAnotherOrderEachTime) {
  constexpr int kRows = 100;
  Cursor cursor(kRows, 7);
  std::vector<std::int64_t> all(kRows);
  std::iota(all.begin(), all.end(), 0);
  std::vector<std::vector<std::int64_t>> epochs;
  for (int epoch = 0; epoch < 4; ++epoch) {
    EXPECT_EQ(cursor.state(), (CursorState{epoch, 0}));
    epochs.push_back(take(cursor, kRows));
    EXPECT_TRUE(std::ranges::is_permutation(epochs.back(), all));
    EXPECT_NE(epochs.back(), all);
    for (int earlier = 0; earlier < epoch; ++earlier) EXPECT_NE(epochs[earlier], epochs.back());
  }
}

TEST(Cursor, ContinuesTheSameWalkFromASavedState) {
  for (const int rows : {1, 2, 7}) {
    Cursor whole(rows, 99);
    for (int done = 0; done < 20; ++done) {
      const CursorState saved = whole.state();
      Cursor resumed(rows, 99);
      ASSERT_TRUE(resumed.seek(saved));
      Cursor continued = whole;
      EXPECT_EQ(take(resumed, 17), take(continued, 17)) << rows << " rows, after " << done;
      EXPECT_EQ(resumed.state(), continued.state());
      whole.next();
    }
  }
}

TEST(Cursor, OrdersDifferBySeed) {
  Cursor a(50, 1), b(50, 2), c(50, 1);
  const auto first = take(a, 50);
  EXPECT_NE(first, take(b, 50));
  EXPECT_EQ(first, take(c, 50));
}

TEST(Cursor, PutsEveryRowAtEveryPlaceEquallyOften) {
  constexpr int kRows = 5, kEpochs = 5000;
  Cursor cursor(kRows, 3);
  std::vector<int> seen(kRows * kRows);
  for (int epoch = 0; epoch < kEpochs; ++epoch)
    for (int place = 0; place < kRows; ++place) ++seen[place * kRows + cursor.next()];
  for (const int count : seen) EXPECT_NEAR(count, kEpochs / kRows, 150);  // five sigma
}

TEST(Cursor, RefusesAStateThatNoWalkReaches) {
  Cursor cursor(10, 1);
  for (const CursorState state :
       {CursorState{0, 10}, {0, -1}, {-1, 0}, {std::int64_t{1} << 40, 0}}) {
    const Status status = cursor.seek(state);
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, Code::kMismatch);
  }
  EXPECT_EQ(cursor.state(), (CursorState{0, 0}));
}

}  // namespace
}  // namespace lab
