// A step whose loss is not a number is never applied; it ends the run or is left out, as the settings say.
#include <gtest/gtest.h>

#include <cmath>

#include "train/toy_run_for_test.h"

namespace lab {
namespace {

constexpr int kBroken = 39;

class NotFinite : public testing::Test, protected ToyRun {
 protected:
  NotFinite() : ToyRun(1, kBroken) {
    settings.val_fraction = 0;
    for (const Piece& piece : dataset.train.pieces)
      for (const std::int32_t id : ids_of(dataset.documents, piece))
        if (id == kBroken) lines.insert(piece.line);
    EXPECT_FALSE(lines.empty());
  }
  std::set<std::int64_t> lines;
};

TEST_F(NotFinite, EndsTheRunWithItsStateSavedAndTheSampleNamed) {
  RunListener listener;
  const auto done = run("stops", listener);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Code::kNotFinite);
  EXPECT_EQ(done.error().file, settings.data);
  EXPECT_TRUE(lines.contains(done.error().line)) << done.error().text();
  EXPECT_FALSE(done.error().remedy.empty());

  auto resumed = trainer();
  const auto info = read_checkpoint(folder("stops"), *resumed, nullptr);
  ASSERT_TRUE(info) << info.error().text();
  std::vector<float> params(static_cast<std::size_t>(resumed->params().count));
  resumed->device().read(resumed->params(), params.data());
  for (const float value : params) ASSERT_TRUE(std::isfinite(value));
  // The same rows come again: it is the same run.
  RunListener again;
  const auto second = run("stops", again, true);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().line, done.error().line);
}

TEST_F(NotFinite, IsLeftOutAndCountedWhereTheSettingsAllowIt) {
  settings.skip_nonfinite = 1000;
  struct Count final : RunListener {
    void on_skipped(const Error& error) override { EXPECT_EQ(error.code, Code::kNotFinite); ++skipped; }
    std::int64_t skipped = 0;
  } listener;
  const auto done = run("skips", listener);
  ASSERT_TRUE(done) << done.error().text();
  EXPECT_EQ(done->steps, settings.steps);
  EXPECT_GT(done->skipped, 0);
  EXPECT_EQ(done->skipped, listener.skipped);
  EXPECT_TRUE(std::isfinite(done->loss_last));

  settings.skip_nonfinite = done->skipped - 1;
  const auto limited = run("limited", listener);
  ASSERT_FALSE(limited);
  EXPECT_EQ(limited.error().code, Code::kNotFinite);
}

}  // namespace
}  // namespace lab
