// What training has changed: nothing at first, then what the steps moved.
#include "train/change.h"

#include <gtest/gtest.h>

#include "train/toy_run_for_test.h"

namespace lab {
namespace {

/// Of a run of these settings after so many steps.
Change change_after(ToyRun& toy, int steps) {
  auto trainer = toy.trainer();
  Batch batch(toy.settings.context * toy.settings.batch);
  toy.dataset.append_row(toy.dataset.train, 0, batch);
  for (int i = 0; i < steps; ++i) EXPECT_TRUE(trainer->step(std::vector<Batch>{batch, batch}, 1e-2));
  const auto scratch = make_cpu_device(toy.pool);
  auto change = change_since_start(*trainer, *toy.tiny.source, toy.settings.seed, *scratch);
  EXPECT_TRUE(change) << change.error().text();
  return *change;
}

class ChangeOf : public testing::TestWithParam<const char*> {};

TEST_P(ChangeOf, AFreshRunIsNoneAndASteppedOneIsWhatItMoved) {
  ToyRun toy;
  ASSERT_TRUE(set_variant(toy.settings, GetParam()));
  toy.settings.lora.dropout = 0;
  const Change fresh = change_after(toy, 0);
  EXPECT_EQ(fresh.changed, 0);
  EXPECT_EQ(fresh.norm, 0);
  EXPECT_EQ(fresh.weights_affected, 0);

  const Change moved = change_after(toy, 3);
  EXPECT_GT(moved.changed, 0);
  EXPECT_LE(moved.largest, 3.1e-2);  // Adam moves a parameter by the learning rate in a step
  EXPECT_GE(moved.norm, moved.largest);
  const bool full = toy.settings.full;
  EXPECT_EQ(moved.weights_affected, full ? moved.changed : 3 * (32 * 32 * 2 + 16 * 32 * 2 + 48 * 32 * 3));
}

INSTANTIATE_TEST_SUITE_P(Variants, ChangeOf, testing::Values("lora", "rslora", "dora", "full"), [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace lab
