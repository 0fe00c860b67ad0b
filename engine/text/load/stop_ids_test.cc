#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "text/tokenizer.h"

namespace lab {
namespace {

namespace fs = std::filesystem;

/// A folder with a tokenizer of the words a to e, none of which ends a text by its name.
class StopIds : public testing::Test {
 protected:
  StopIds() : folder_(fs::temp_directory_path() / ("lab_stop_ids_" + std::to_string(getpid()))) {
    fs::create_directories(folder_);
    write("tokenizer.json", R"({"version": "1.0", "added_tokens": [], "normalizer": null,
        "pre_tokenizer": {"type": "Whitespace"}, "post_processor": null, "decoder": null, "model":
        {"type": "BPE", "vocab": {"a": 0, "b": 1, "c": 2, "d": 3, "e": 4}, "merges": []}})");
  }
  ~StopIds() override { fs::remove_all(folder_); }

  void write(const char* name, const std::string& text) { std::ofstream(folder_ / name) << text; }

  /// The ids that end a generation, as text.
  std::string ends() {
    auto tokenizer = Tokenizer::from_folder(folder_.string());
    if (!tokenizer) return tokenizer.error().text();
    std::string list;
    for (std::int32_t id = 0; id < 5; ++id)
      if ((*tokenizer)->is_end_of_generation(id)) list += std::to_string(id);
    return list;
  }

  fs::path folder_;
};

TEST_F(StopIds, AreNoneWithoutAWordOnThem) { EXPECT_EQ(ends(), ""); }

TEST_F(StopIds, ComeFromTheGenerationConfigAsANumberOrAList) {
  write("generation_config.json", R"({"eos_token_id": 3})");
  EXPECT_EQ(ends(), "3");
  write("generation_config.json", R"({"eos_token_id": [4, 1, 4]})");
  EXPECT_EQ(ends(), "14");
  write("generation_config.json", R"({"eos_token_id": null, "bos_token_id": 2})");
  EXPECT_EQ(ends(), "");
}

TEST_F(StopIds, ComeFromTheModelsConfigWhereNoGenerationConfigIs) {
  write("config.json", R"({"eos_token_id": 2})");
  EXPECT_EQ(ends(), "2");
  write("generation_config.json", R"({"eos_token_id": 3})");
  EXPECT_EQ(ends(), "3");
}

TEST_F(StopIds, ThatAreNoNumbersAreRefusedByFileAndField) {
  write("generation_config.json", R"({"eos_token_id": "</s>"})");
  EXPECT_NE(ends().find("generation_config.json"), std::string::npos) << ends();
  EXPECT_NE(ends().find("eos_token_id"), std::string::npos) << ends();
}

}  // namespace
}  // namespace lab
