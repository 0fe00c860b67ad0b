#include "file/atomic_file.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace lab {
namespace {

namespace fs = std::filesystem;

class AtomicFileTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(testing::TempDir()) / "atomic_file_test";
    fs::remove_all(folder_);
    fs::create_directory(folder_);
    path_ = (folder_ / "out.bin").string();
  }
  void TearDown() override { fs::remove_all(folder_); }

  static std::string contents(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  std::size_t files() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder_), {}));
  }

  fs::path folder_;
  std::string path_;
};

TEST_F(AtomicFileTest, ShowsNothingBeforeCommitAndEverythingAfter) {
  ASSERT_TRUE(write_file(path_, "old"));
  auto file = AtomicFile::create(path_);
  ASSERT_TRUE(file) << file.error().text();
  ASSERT_TRUE(file->write("new "));
  ASSERT_TRUE(file->write("contents"));
  EXPECT_EQ(file->written(), 12u);
  EXPECT_EQ(contents(path_), "old");
  ASSERT_TRUE(file->commit());
  EXPECT_EQ(contents(path_), "new contents");
  EXPECT_EQ(files(), 1u);
}

TEST_F(AtomicFileTest, AnAbandonedFileLeavesNothingBehind) {
  ASSERT_TRUE(write_file(path_, "old"));
  {
    auto file = AtomicFile::create(path_);
    ASSERT_TRUE(file);
    ASSERT_TRUE(file->write("half"));
  }
  EXPECT_EQ(contents(path_), "old");
  EXPECT_EQ(files(), 1u);
}

TEST_F(AtomicFileTest, OverwritesTheLeftoverOfADeadProcess) {
  std::ofstream(path_ + ".part") << "much longer than what comes now";
  ASSERT_TRUE(write_file(path_, "short"));
  EXPECT_EQ(contents(path_), "short");
  EXPECT_EQ(files(), 1u);
}

TEST_F(AtomicFileTest, RefusesASecondWriterOfOnePath) {
  auto first = AtomicFile::create(path_);
  ASSERT_TRUE(first);
  const auto second = AtomicFile::create(path_);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Code::kBusy);
  ASSERT_TRUE(first->write("first"));
  ASSERT_TRUE(first->commit());
  EXPECT_EQ(contents(path_), "first");
}

TEST_F(AtomicFileTest, ReportsAMissingFolderAndAFolderInPlaceOfTheFile) {
  const auto missing = AtomicFile::create((folder_ / "none" / "out").string());
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, Code::kNotFound);

  fs::create_directory(path_);
  const auto status = write_file(path_, "x");
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Code::kIo);
  EXPECT_EQ(files(), 1u);  // the temporary file is gone
}

TEST_F(AtomicFileTest, NeverWritesThroughALinkInPlaceOfTheTemporaryFile) {
  const auto victim = folder_ / "victim";
  std::ofstream(victim) << "precious";
  fs::create_symlink(victim, path_ + ".part");
  const auto status = write_file(path_, "x");
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Code::kIo);
  EXPECT_EQ(contents(victim.string()), "precious");
}

TEST_F(AtomicFileTest, ReportsTheBytesThatTheSystemDoesNotTake) {
  rlimit before;
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{1000, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  const auto status = write_file(path_, std::string(3000, 'x'));
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
  std::signal(SIGXFSZ, handler);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Code::kIo);
  EXPECT_EQ(status.error().offset, 1000);
  EXPECT_EQ(files(), 0u);
}

TEST_F(AtomicFileTest, FollowsTheProcessMask) {
  const mode_t before = umask(027);
  ASSERT_TRUE(write_file(path_, "x"));
  umask(before);
  struct stat info;
  ASSERT_EQ(stat(path_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0640u);
}

}  // namespace
}  // namespace lab
