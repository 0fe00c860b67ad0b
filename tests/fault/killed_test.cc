// A run that is killed again and again, at any moment, ends with the bytes of one that never was.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <random>

#include "file/locked_file.h"
#include "train/toy_run_for_test.h"

namespace lab {
namespace {

constexpr int kKills = 30;

/// Trains in a process of its own, which ends with 0 if the run is done.
pid_t start(const std::string& folder) {
  const pid_t child = fork();
  if (child != 0) return child;
  int status = 1;
  {
    ToyRun toy(1);
    toy.settings.steps = 100;
    toy.settings.save_every = 1;
    toy.settings.eval_every = 0;
    RunListener listener;
    const auto lock = FolderLock::take(folder);
    const bool resume = read_checkpoint_info(folder).has_value();
    if (lock && toy.run(folder, listener, resume)) status = 0;
  }
  _exit(status);
}

int wait_for(pid_t child) {
  int status = 0;
  waitpid(child, &status, 0);
  return status;
}

TEST(KilledRun, EndsWithTheSameBytesAfterManyKills) {
  namespace fs = std::filesystem;
  const fs::path root = fs::temp_directory_path() / ("lab_killed_" + std::to_string(getpid()));
  const std::string whole = (root / "whole").string(), killed = (root / "killed").string();
  fs::create_directories(whole);
  fs::create_directories(killed);
  setenv("TMPDIR", root.c_str(), 1);  // the children that are killed leave their models there
  const auto begin = std::chrono::steady_clock::now();
  ASSERT_EQ(wait_for(start(whole)), 0);
  const double whole_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();

  // So short that the run cannot be done before it has been killed often enough.
  std::mt19937 random(1);
  std::uniform_real_distribution<double> pause_s(0, whole_s / 20);
  int kills = 0, status = 0;
  std::int64_t step = 0;
  while (kills < kKills) {
    const pid_t child = start(killed);
    usleep(static_cast<useconds_t>(1e6 * pause_s(random)));
    kill(child, SIGKILL);
    status = wait_for(child);
    if (!WIFSIGNALED(status)) break;
    ++kills;
    const auto info = read_checkpoint_info(killed);
    if (!info) {
      ASSERT_EQ(step, 0) << info.error().text();
      ASSERT_EQ(info.error().code, Code::kNotFound) << info.error().text();
      continue;
    }
    ASSERT_GE(info->step, step) << "a completed checkpoint was lost";
    step = info->step;
  }
  EXPECT_GE(kills, 25);
  EXPECT_GT(step, 0);
  ASSERT_EQ(wait_for(start(killed)), 0);
  for (const char* name : {"adapter_model.safetensors", "adapter_config.json", "checkpoint.safetensors", "checkpoint.previous.safetensors"})
    EXPECT_EQ(contents(killed + "/" + name), contents(whole + "/" + name)) << name;
  EXPECT_EQ(std::distance(fs::directory_iterator(killed), {}), std::distance(fs::directory_iterator(whole), {}));
  fs::remove_all(root);
}

}  // namespace
}  // namespace lab
