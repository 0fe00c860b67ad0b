#include "file/shards.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace lab {
namespace {

namespace fs = std::filesystem;

TEST(Shards, OpensEveryGoldenModelFolder) {
  int sharded = 0;
  for (const auto& entry : fs::directory_iterator(fs::path(LAB_ORACLE_DIR) / "tiny")) {
    SCOPED_TRACE(entry.path().string());
    const auto shards = Shards::open(entry.path().string());
    ASSERT_TRUE(shards) << shards.error().text();
    EXPECT_GT(shards->size(), 5u);
    std::size_t in_files = 0;
    for (const auto& file : shards->files()) in_files += file.tensors().size();
    EXPECT_EQ(in_files, shards->size());
    for (const auto& [name, view] : shards->tensors())
      EXPECT_EQ(view->bytes.size(), storage_bytes(view->dtype, view->elements()));
    sharded += shards->files().size() > 1;
  }
  EXPECT_GE(sharded, 1);
}

/// A folder in which each test builds its own model.
class ShardsFolder : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(testing::TempDir()) / "shards_test";
    fs::remove_all(folder_);
    fs::create_directory(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  void shard(const std::string& file, const std::vector<std::string>& names) {
    static const std::byte byte[1]{};
    std::vector<NamedTensor> tensors;
    for (const auto& name : names) tensors.push_back({name, {DType::kU8, {1}, byte}});
    const auto status = write_safetensors((folder_ / file).string(), tensors, {});
    ASSERT_TRUE(status) << status.error().text();
  }
  void index(const std::string& text) {
    std::ofstream(folder_ / "model.safetensors.index.json", std::ios::binary) << text;
  }
  Error refused() {
    auto shards = Shards::open(folder_.string());
    if (!shards) return shards.error();
    ADD_FAILURE() << "the folder was accepted";
    return {Code::kIo, {}};
  }

  fs::path folder_;
};

TEST_F(ShardsFolder, FindsTensorsOfAllShards) {
  shard("a.safetensors", {"x", "unlisted"});
  shard("b.safetensors", {"y"});
  index(R"({"metadata":{"total_size":2},"weight_map":{"x":"a.safetensors","y":"b.safetensors"}})");
  const auto shards = Shards::open(folder_.string() + "/");
  ASSERT_TRUE(shards) << shards.error().text();
  EXPECT_EQ(shards->files().size(), 2u);
  EXPECT_EQ(shards->size(), 3u);
  EXPECT_EQ(shards->tensor("y"), shards->files()[1].tensor("y"));
  EXPECT_EQ(shards->tensor("z"), nullptr);
}

TEST_F(ShardsFolder, PrefersTheSingleFile) {
  shard("model.safetensors", {"x"});
  index("not read");
  EXPECT_TRUE(Shards::open(folder_.string()));
}

TEST_F(ShardsFolder, NamesTheFilesThatAnEmptyFolderLacks) {
  EXPECT_EQ(refused().code, Code::kNotFound);
  EXPECT_EQ(refused().file, folder_.string());
  EXPECT_EQ(Shards::open((folder_ / "none").string()).error().code, Code::kNotFound);
}

TEST_F(ShardsFolder, RefusesAFolderInPlaceOfAShard) {
  fs::create_directory(folder_ / "a.safetensors");
  index(R"({"weight_map":{"x":"a.safetensors"}})");
  EXPECT_EQ(refused().code, Code::kUnsupported);
}

}  // namespace
}  // namespace lab
