#include "base/mapped_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace lab {
namespace {

namespace fs = std::filesystem;

class MappedFile : public testing::Test {
 protected:
  MappedFile() : folder_(fs::path(testing::TempDir()) / ("mapped_file_" + std::to_string(getpid()))) {
    fs::create_directories(folder_);
  }
  ~MappedFile() override { fs::remove_all(folder_); }

  std::string write(const std::string& contents) {
    const std::string path = (folder_ / "file").string();
    std::ofstream(path, std::ios::binary) << contents;
    return path;
  }
  static Code refusal(const std::string& path) {
    const auto source = map_file(path);
    EXPECT_FALSE(source);
    if (source) return Code::kInterrupted;
    EXPECT_EQ(source.error().file, path);
    EXPECT_FALSE(source.error().remedy.empty());
    return source.error().code;
  }
  fs::path folder_;
};

TEST_F(MappedFile, HoldsTheBytesUnderThePathsName) {
  const std::string path = write("text");
  const auto source = map_file(path);
  ASSERT_TRUE(source) << source.error().text();
  EXPECT_EQ((*source)->name(), path);
  ASSERT_EQ((*source)->bytes().size(), 4u);
  EXPECT_EQ((*source)->bytes()[0], std::byte{'t'});
}

TEST_F(MappedFile, MayBeEmpty) {
  const auto source = map_file(write(""));
  ASSERT_TRUE(source) << source.error().text();
  EXPECT_TRUE((*source)->bytes().empty());
}

TEST_F(MappedFile, StaysAfterTheNameIsGoneOrGivenToAnotherFile) {
  const std::string path = write("old");
  const auto source = map_file(path);
  ASSERT_TRUE(source);
  std::ofstream(path + ".new") << "new";
  fs::rename(path + ".new", path);
  EXPECT_EQ((*source)->bytes()[0], std::byte{'o'});
}

TEST_F(MappedFile, IsNoFolderDeviceOrMissingName) {
  EXPECT_EQ(refusal(folder_.string()), Code::kUnsupported);
  EXPECT_EQ(refusal("/dev/null"), Code::kUnsupported);
  EXPECT_EQ(refusal((folder_ / "none").string()), Code::kNotFound);
  EXPECT_EQ(refusal(write("text") + "/below"), Code::kNotFound);
}

// A pipe has no size and no second reading; waiting for its writer would hang.
TEST_F(MappedFile, IsNoPipeAndDoesNotWaitForOne) {
  const std::string path = (folder_ / "pipe").string();
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  EXPECT_EQ(refusal(path), Code::kUnsupported);
}

}  // namespace
}  // namespace lab
