#include "file/locked_file.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>

namespace lab {
namespace {

namespace fs = std::filesystem;

class FolderLockTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = (fs::path(testing::TempDir()) / "folder_lock_test").string();
    fs::remove_all(folder_);
    fs::create_directory(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::string folder_;
};

TEST_F(FolderLockTest, KeepsASecondHolderOutAndNamesTheFirst) {
  {
    const auto first = FolderLock::take(folder_);
    ASSERT_TRUE(first) << first.error().text();
    const auto second = FolderLock::take(folder_);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, Code::kBusy);
    EXPECT_EQ(second.error().file, folder_);
    EXPECT_NE(second.error().message.find(std::to_string(getpid())), std::string::npos);
    EXPECT_FALSE(second.error().remedy.empty());
  }
  EXPECT_TRUE(fs::is_empty(folder_));
  EXPECT_TRUE(FolderLock::take(folder_));
}

TEST_F(FolderLockTest, GoesWithAProcessThatIsKilled) {
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  const pid_t child = fork();
  if (child == 0) {
    const auto held = FolderLock::take(folder_);
    (void)!write(ready[1], held ? "y" : "n", 1);
    for (;;) pause();
  }
  char answer = 0;
  ASSERT_EQ(read(ready[0], &answer, 1), 1);
  ASSERT_EQ(answer, 'y');
  EXPECT_EQ(FolderLock::take(folder_).error().code, Code::kBusy);
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  EXPECT_FALSE(fs::is_empty(folder_));  // the file is still there, but nobody holds it
  EXPECT_TRUE(FolderLock::take(folder_));
  EXPECT_TRUE(fs::is_empty(folder_));
}

TEST_F(FolderLockTest, IsNotTakenInAFolderThatIsMissing) {
  EXPECT_EQ(FolderLock::take(folder_ + "/none").error().code, Code::kNotFound);
}

TEST_F(FolderLockTest, SaysWhatToDoWithAFolderThatCannotBeWritten) {
  if (geteuid() == 0) GTEST_SKIP() << "root may write everywhere";
  fs::permissions(folder_, fs::perms::owner_read | fs::perms::owner_exec);
  const auto lock = FolderLock::take(folder_);
  fs::permissions(folder_, fs::perms::owner_all);
  ASSERT_FALSE(lock);
  EXPECT_EQ(lock.error().code, Code::kIo);
  EXPECT_FALSE(lock.error().remedy.empty());
}

}  // namespace
}  // namespace lab
