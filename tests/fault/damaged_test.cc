// A checkpoint that was cut or changed anywhere is noticed, named and set aside for the one before it.
#include <gtest/gtest.h>

#include "file/disk.h"
#include "train/toy_run_for_test.h"

namespace lab {
namespace {

class DamagedCheckpoint : public testing::Test, protected ToyRun {
 protected:
  DamagedCheckpoint() : ToyRun(1) {
    settings.save_every = 3;
    RunListener listener;
    EXPECT_TRUE(run("run", listener));
    path = folder("run") + "/" + kCheckpointFile;
    whole = contents(path);
  }

  void write(std::string_view bytes) const { std::ofstream(path, std::ios::binary) << bytes; }

  void expect_fallback() {
    std::string note;
    const auto info = read_checkpoint(folder("run"), *t, &note);
    ASSERT_TRUE(info) << info.error().text();
    EXPECT_EQ(info->step, 9);
    EXPECT_NE(note.find(path), std::string::npos) << note;
  }

  std::unique_ptr<Trainer> t = trainer();
  std::string path, whole;
};

TEST_F(DamagedCheckpoint, IsNoticedWhereverItWasCut) {
  for (std::size_t size = 0; size < whole.size(); size += 1024) {
    SCOPED_TRACE(testing::Message() << size << " of " << whole.size() << " bytes");
    write(std::string_view(whole).substr(0, size));
    expect_fallback();
  }
  write(std::string_view(whole).substr(0, whole.size() - 1));
  expect_fallback();
}

TEST_F(DamagedCheckpoint, IsNoticedWhereverABitFlipped) {
  for (std::size_t at = 0; at < whole.size(); at += at < 3000 ? 1 : 211) {
    SCOPED_TRACE(testing::Message() << "byte " << at);
    std::string changed = whole;
    changed[at] = static_cast<char>(changed[at] ^ (1 << at % 8));
    write(changed);
    expect_fallback();
    if (HasFailure()) return;
  }
}

TEST_F(DamagedCheckpoint, IsSetAsideSoThatItNeverReplacesTheGoodOne) {
  write("damaged");
  const auto note = clean_run_folder(folder("run"));
  ASSERT_TRUE(note) << note.error().text();
  EXPECT_NE(note->find(kDamagedCheckpointFile), std::string::npos) << *note;
  EXPECT_EQ(contents(folder("run") + "/" + kDamagedCheckpointFile), "damaged");
  RunListener listener;
  const auto done = run("run", listener, true);
  ASSERT_TRUE(done) << done.error().text();
  EXPECT_EQ(contents(path), whole);
}

TEST_F(DamagedCheckpoint, IsNeverReplacedByThatOfAnOlderRunInTheFolder) {
  settings.steps = 3;  // saves once
  RunListener listener;
  ASSERT_TRUE(run("run", listener));
  write("damaged");
  EXPECT_FALSE(read_checkpoint_info(folder("run")));
}

TEST_F(DamagedCheckpoint, StaysWhereItIsIfThereIsNoOther) {
  std::filesystem::remove(folder("run") + "/" + kPreviousCheckpointFile);
  write("damaged");
  ASSERT_TRUE(clean_run_folder(folder("run")));
  const auto info = read_checkpoint_info(folder("run"));
  ASSERT_FALSE(info);
  EXPECT_EQ(info.error().code, Code::kTruncated);
  EXPECT_EQ(info.error().file, path);
}

}  // namespace
}  // namespace lab
