#include "file/gguf.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>

namespace lab {
namespace {

namespace fs = std::filesystem;

Result<Gguf> read_file(const fs::path& path) {
  LAB_TRY(auto source, map_file(path.string()));
  return Gguf::read(std::move(source));
}

TEST(Gguf, ReadsEveryGoldenFile) {
  int files = 0;
  for (const auto& entry : fs::directory_iterator(fs::path(LAB_ORACLE_DIR) / "gguf")) {
    if (entry.path().extension() != ".gguf") continue;
    SCOPED_TRACE(entry.path().string());
    const auto file = read_file(entry.path());
    ASSERT_TRUE(file) << file.error().text();
    EXPECT_EQ(file->version(), 3u);
    EXPECT_FALSE(file->tensors().empty());
    for (const auto& tensor : file->tensors()) {
      EXPECT_EQ(file->tensor(tensor.name), &tensor);
      EXPECT_EQ(tensor.view.bytes.size(), storage_bytes(tensor.view.dtype, tensor.view.elements()));
    }
    ++files;
  }
  EXPECT_GE(files, 6);
}

TEST(Gguf, GivesMetadataByTypeAndShapesSlowestFirst) {
  const auto file = read_file(fs::path(LAB_ORACLE_DIR) / "gguf/llama-tied.Q4_1.gguf");
  ASSERT_TRUE(file) << file.error().text();
  EXPECT_EQ(*file->string("general.architecture"), "llama");
  EXPECT_EQ(*file->integer("absent"), std::nullopt);
  const auto tokens = file->strings("tokenizer.ggml.tokens");
  ASSERT_TRUE(tokens && *tokens);
  EXPECT_EQ((*tokens)->size(), 264u);
  const auto width = file->integer("llama.embedding_length");
  ASSERT_TRUE(width && *width);
  EXPECT_EQ(*file->number("llama.embedding_length"), static_cast<double>(**width));
  const GgufTensor* embedding = file->tensor("token_embd.weight");
  ASSERT_NE(embedding, nullptr);
  EXPECT_EQ(embedding->view.dtype, DType::kQ4_1);
  EXPECT_EQ(embedding->view.shape,
            (std::vector<std::uint64_t>{264, static_cast<std::uint64_t>(**width)}));
}

TEST(Gguf, TypedLookUpsRefuseOtherTypes) {
  const auto file = read_file(fs::path(LAB_ORACLE_DIR) / "gguf/llama-tied.F32.gguf");
  ASSERT_TRUE(file) << file.error().text();
  EXPECT_EQ(file->integer("general.architecture").error().code, Code::kCorrupt);
  EXPECT_EQ(file->integer("general.architecture").error().field, "general.architecture");
  EXPECT_EQ(file->number("tokenizer.ggml.tokens").error().code, Code::kCorrupt);
  EXPECT_EQ(file->boolean("llama.block_count").error().code, Code::kCorrupt);
  EXPECT_EQ(file->string("llama.block_count").error().code, Code::kCorrupt);
  EXPECT_EQ(file->strings("general.architecture").error().code, Code::kCorrupt);
  EXPECT_EQ(file->integers("tokenizer.ggml.tokens").error().code, Code::kCorrupt);
  EXPECT_EQ(file->numbers("tokenizer.ggml.tokens").error().code, Code::kCorrupt);
  EXPECT_EQ(file->integer("llama.attention.layer_norm_rms_epsilon").error().code, Code::kCorrupt);
}

TEST(Gguf, ParsesTheDefaultModelInAFewMilliseconds) {
  const char* given = std::getenv("LAB_MODEL");
  const char* cache = std::getenv("XDG_CACHE_HOME");
  const char* home = std::getenv("HOME");
  const fs::path path = given ? fs::path(given)
                              : (cache ? fs::path(cache) : fs::path(home ? home : ".") / ".cache") /
                                    "lora-lab/SmolLM2-135M-Instruct.Q4_1.gguf";
  if (!fs::exists(path)) GTEST_SKIP() << path << " is not there";
  const auto start = std::chrono::steady_clock::now();
  const auto file = read_file(path);
  const std::chrono::duration<double, std::milli> elapsed =
      std::chrono::steady_clock::now() - start;
  ASSERT_TRUE(file) << file.error().text();
  EXPECT_EQ((*file->strings("tokenizer.ggml.tokens"))->size(), 49152u);
  EXPECT_EQ(file->tensors().size(), 272u);
  RecordProperty("parse_ms", std::to_string(elapsed.count()));
  EXPECT_LT(elapsed.count(), 500.0);  // generous: sanitizers and busy machines; usually below 10 ms
}

}  // namespace
}  // namespace lab
