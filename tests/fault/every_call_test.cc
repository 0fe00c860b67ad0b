// A run that fails, is killed or loses power at any call of its writing path has its last completed
// checkpoint, and goes on from it to the same bytes.
#include <gtest/gtest.h>

#include "adapter/peft_file.h"
#include "file/fault_disk_for_test.h"
#include "train/toy_run_for_test.h"

namespace lab {
namespace {

struct Saved final : RunListener {
  void on_saved(std::int64_t step) override { last = step; }
  std::int64_t last = 0;
};

class EveryCall : public testing::TestWithParam<Fault>, protected ToyRun {
 protected:
  EveryCall() : ToyRun(1) {
    settings.steps = 3;
    settings.save_every = 1;
    settings.eval_every = 0;
  }

  /// On a disk without faults, and without the time that a real sync takes.
  void finish(const std::string& name, bool resume) {
    FaultDisk sound;
    const ReplacedDisk replaced(sound);
    RunListener listener;
    const auto done = run(name, listener, resume);
    ASSERT_TRUE(done) << done.error().text();
    EXPECT_EQ(done->steps, settings.steps);
  }

  /// What a killed process may leave behind.
  bool has_leftovers(const std::string& name) const {
    for (const auto& entry : std::filesystem::directory_iterator(folder(name)))
      if (const auto extension = entry.path().extension(); extension == ".part" || extension == ".link") return true;
    return false;
  }
};

TEST_P(EveryCall, LeavesTheLastCompletedCheckpoint) {
  finish("whole", false);
  const std::string adapter = contents(folder("whole") + "/adapter_model.safetensors");
  const std::string checkpoint = contents(folder("whole") + "/checkpoint.safetensors");
  ASSERT_FALSE(checkpoint.empty());

  bool reached = true;
  long at = 1;
  for (; reached; ++at) {
    SCOPED_TRACE(testing::Message() << "call " << at);
    const std::string name = "broken" + std::to_string(at);
    Saved saved;
    {
      FaultDisk broken(GetParam(), at);
      const ReplacedDisk replaced(broken);
      const auto outcome = run(name, saved);
      reached = broken.reached();
      if (!reached) {
        EXPECT_TRUE(outcome);
      } else if (GetParam() != Fault::kOnce) {
        ASSERT_FALSE(outcome);
        EXPECT_EQ(outcome.error().code, Code::kIo);
        EXPECT_FALSE(outcome.error().file.empty());
      }
    }
    const auto info = read_checkpoint_info(folder(name));
    if (saved.last > 0) {
      ASSERT_TRUE(info) << info.error().text();
      // One more may be complete whose end nobody heard of.
      EXPECT_GE(info->step, saved.last);
      EXPECT_LE(info->step, saved.last + 1);
      const auto peft = read_peft(folder(name), base.config);
      EXPECT_TRUE(peft) << peft.error().text();
    } else if (!info) {
      EXPECT_EQ(info.error().code, Code::kNotFound);
    }
    finish(name, info.has_value());
    EXPECT_EQ(contents(folder(name) + "/adapter_model.safetensors"), adapter);
    EXPECT_EQ(contents(folder(name) + "/checkpoint.safetensors"), checkpoint);
    EXPECT_FALSE(has_leftovers(name));
    if (HasFailure()) return;
    std::filesystem::remove_all(folder(name));
  }
  EXPECT_GT(at, 100) << "the run writes more often than that";
}

std::string fault_name(const testing::TestParamInfo<Fault>& info) {
  switch (info.param) {
    case Fault::kNone: return "Nothing";
    case Fault::kOnce: return "FailsOnce";
    case Fault::kFromThenOn: return "FailsFromThenOn";
    case Fault::kKill: return "Kill";
    case Fault::kPowerCut: return "PowerCut";
    case Fault::kPowerCutLosingNames: return "PowerCutLosingNames";
  }
  return "Unknown";
}

INSTANTIATE_TEST_SUITE_P(Faults, EveryCall,
                         testing::Values(Fault::kOnce, Fault::kFromThenOn, Fault::kKill, Fault::kPowerCut, Fault::kPowerCutLosingNames),
                         fault_name);

}  // namespace
}  // namespace lab
