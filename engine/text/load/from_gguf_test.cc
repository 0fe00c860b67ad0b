// Tokenizers of GGUF files: both kinds, and which kinds are known. Bad tables: tests/malformed.
#include <gtest/gtest.h>

#include <filesystem>
#include <optional>

#include "file/gguf_writer.h"
#include "text/tokenizer.h"

namespace lab {
namespace {

GgufValue integers(std::vector<std::int64_t> values) {
  return {GgufType::kArray, GgufArray{GgufType::kI32, std::move(values)}};
}
GgufValue numbers(std::vector<double> values) {
  return {GgufType::kArray, GgufArray{GgufType::kF32, std::move(values)}};
}
GgufValue string(std::string_view text) { return gguf_string(text); }

GgufMetadata byte_level() {
  return {{"tokenizer.ggml.model", string("gpt2")},
          {"tokenizer.ggml.pre", string("gpt-2")},
          {"tokenizer.ggml.tokens", gguf_strings({"<s>", "a", "b", "ab"})},
          {"tokenizer.ggml.token_type", integers({3, 1, 1, 1})},
          {"tokenizer.ggml.merges", gguf_strings({"a b"})},
          {"tokenizer.ggml.eos_token_id", gguf_u32(0)}};
}

GgufMetadata sentence_piece() {
  return {{"tokenizer.ggml.model", string("llama")},
          {"tokenizer.ggml.tokens", gguf_strings({"<unk>", "<s>", "<0x0A>", "▁", "a", "▁a"})},
          {"tokenizer.ggml.token_type", integers({2, 3, 6, 1, 1, 1})},
          {"tokenizer.ggml.scores", numbers({0, 0, 0, -1, -2, -3})},
          {"tokenizer.ggml.bos_token_id", gguf_u32(1)},
          {"tokenizer.ggml.unknown_token_id", gguf_u32(0)}};
}

Result<std::shared_ptr<const Tokenizer>> load(const GgufMetadata& metadata) {
  std::string path = (std::filesystem::path(testing::TempDir()) / "malformed_tokens.gguf").string();
  LAB_TRY(auto writer, GgufWriter::create(path, metadata, {}));
  LAB_CHECK(writer.finish());
  LAB_TRY(auto source, map_file(path));
  LAB_TRY(auto file, Gguf::read(source));
  return Tokenizer::from_gguf(file);
}

// `metadata` with one value replaced, or taken out.
GgufMetadata with(GgufMetadata metadata, std::string_view key, std::optional<GgufValue> value) {
  std::erase_if(metadata, [&](const auto& entry) { return entry.first == key; });
  if (value) metadata.emplace_back(key, *std::move(value));
  return metadata;
}

void expect_refused(const GgufMetadata& metadata, Code code, std::string_view field) {
  auto tokenizer = load(metadata);
  ASSERT_FALSE(tokenizer) << field;
  EXPECT_EQ(tokenizer.error().code, code) << tokenizer.error().text();
  EXPECT_EQ(tokenizer.error().field, field) << tokenizer.error().text();
  EXPECT_FALSE(tokenizer.error().file.empty());
}

TEST(GgufTokenizer, EncodesAndDecodesBothKinds) {
  auto bpe = load(byte_level());
  ASSERT_TRUE(bpe) << bpe.error().text();
  EXPECT_EQ(*(*bpe)->encode("ab"), (std::vector<std::int32_t>{3}));
  auto llama = load(sentence_piece());
  ASSERT_TRUE(llama) << llama.error().text();
  std::vector<std::int32_t> ids = {1, 5, 2, 4};
  EXPECT_EQ(*(*llama)->encode("a\na", {.add_special = true}), ids);
  EXPECT_EQ((*llama)->decode(ids, true), "a\na");
}

TEST(GgufTokenizer, KindsThatLoraLabDoesNotKnowAreNamed) {
  expect_refused(with(byte_level(), "tokenizer.ggml.model", std::nullopt), Code::kNotFound,
                 "tokenizer.ggml.model");
  for (auto [key, name] : {std::pair("tokenizer.ggml.model", "rwkv"),
                           std::pair("tokenizer.ggml.pre", "from-the-future")}) {
    auto tokenizer = load(with(byte_level(), key, string(name)));
    ASSERT_FALSE(tokenizer);
    EXPECT_EQ(tokenizer.error().code, Code::kUnsupported);
    EXPECT_TRUE(tokenizer.error().message.contains(name)) << tokenizer.error().text();
  }
  expect_refused(with(byte_level(), "tokenizer.ggml.pre", std::nullopt), Code::kUnsupported,
                 "tokenizer.ggml.pre");
}

TEST(GgufTokenizer, EveryKnownPreTokenizerCompiles) {
  for (std::string_view name : {"gpt-2", "smollm", "llama-bpe", "dbrx", "qwen2", "qwen35", "gpt-4o",
                                "tekken", "bailingmoe", "seed-coder", "deepseek-v3",
                                "deepseek-coder"}) {
    auto tokenizer = load(with(byte_level(), "tokenizer.ggml.pre", string(name)));
    EXPECT_TRUE(tokenizer) << tokenizer.error().text();
  }
}

}  // namespace
}  // namespace lab
