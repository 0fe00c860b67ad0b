// A full disk stops a run for as long as it is full, and costs nothing that was saved.
#include <gtest/gtest.h>

#include "file/fault_disk_for_test.h"
#include "train/toy_run_for_test.h"

namespace lab {
namespace {

/// Asks `tries` times again, and makes room before the last.
struct MakesRoom final : RunListener {
  MakesRoom(FaultDisk& disk, int tries) : disk_(disk), tries_(tries) {}
  bool try_again(const Error& error) override {
    errors.push_back(error);
    if (static_cast<int>(errors.size()) > tries_) return false;
    if (static_cast<int>(errors.size()) == tries_) disk_.heal();
    return true;
  }
  void on_saved(std::int64_t step) override { last = step; }

  std::vector<Error> errors;
  std::int64_t last = 0;

 private:
  FaultDisk& disk_;
  int tries_;
};

class FullDisk : public testing::Test, protected ToyRun {
 protected:
  FullDisk() : ToyRun(1) {}

  long calls_of_a_whole_run() {
    FaultDisk sound;
    const ReplacedDisk replaced(sound);
    RunListener listener;
    EXPECT_TRUE(run("whole", listener));
    return sound.calls();
  }
};

TEST_F(FullDisk, IsWaitedForAndTheRunEndsWithTheSameBytes) {
  const long calls = calls_of_a_whole_run();
  const std::string checkpoint = contents(folder("whole") + "/checkpoint.safetensors");
  for (long at = 1; at <= calls; at += 7) {
    const std::string name = "full" + std::to_string(at);
    FaultDisk disk(Fault::kFromThenOn, at, ENOSPC);
    const ReplacedDisk replaced(disk);
    MakesRoom listener(disk, 3);
    const auto done = run(name, listener);
    ASSERT_TRUE(done) << done.error().text();
    EXPECT_EQ(listener.errors.size(), 3u);
    EXPECT_EQ(contents(folder(name) + "/checkpoint.safetensors"), checkpoint);
  }
}

TEST_F(FullDisk, LeavesTheCheckpointBeforeAndSaysHowManyBytesAreNeeded) {
  const long calls = calls_of_a_whole_run();
  const auto size = std::filesystem::file_size(folder("whole") + "/checkpoint.safetensors");
  bool named_the_size = false;
  for (long at = 1; at <= calls; at += 7) {
    const std::string name = "given_up" + std::to_string(at);
    FaultDisk disk(Fault::kFromThenOn, at, ENOSPC);
    const ReplacedDisk replaced(disk);
    MakesRoom listener(disk, 0);
    const auto done = run(name, listener);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, Code::kDiskFull);
    EXPECT_FALSE(done.error().remedy.empty());
    // Headers grow with the step's digits.
    for (const int digits : {0, 1, 2})
      named_the_size |= done.error().remedy.find(std::to_string(size - static_cast<std::size_t>(8 * digits))) != std::string::npos;
    if (listener.last == 0) continue;
    const auto info = read_checkpoint_info(folder(name));
    ASSERT_TRUE(info) << info.error().text();
    EXPECT_GE(info->step, listener.last);
  }
  EXPECT_TRUE(named_the_size);
}

TEST_F(FullDisk, IsToldFromAFolderThatCannotBeWritten) {
  FaultDisk disk(Fault::kFromThenOn, 1, EROFS);
  const ReplacedDisk replaced(disk);
  RunListener listener;
  const auto done = run("read_only", listener);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Code::kIo);
  EXPECT_NE(done.error().remedy.find("folder that you may write to"), std::string::npos);
}

}  // namespace
}  // namespace lab
