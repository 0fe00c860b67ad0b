// What is written of a GGUF file's tokenizer is read back as the same tokenizer. `tokenizers` itself reads it too: bench/peers_agree.py.
#include "text/save/tokenizer_files.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "file/gguf_writer.h"
#include "text/save/merges_of_scores.h"
#include "text/tokenizer.h"

namespace lab {
namespace {

GgufValue list(GgufType type, std::vector<std::int64_t> values) { return {GgufType::kArray, GgufArray{type, std::move(values)}}; }
GgufValue scores(std::vector<double> values) { return {GgufType::kArray, GgufArray{GgufType::kF32, std::move(values)}}; }
GgufValue yes() { return {GgufType::kBool, true}; }

struct Both {
  std::shared_ptr<const Tokenizer> from_gguf, from_json;
  TokenizerFiles files;
};

Both both(const GgufMetadata& metadata) {
  const std::string path = (std::filesystem::path(testing::TempDir()) / "tokenizer_files.gguf").string();
  auto writer = GgufWriter::create(path, metadata, {});
  EXPECT_TRUE(writer && writer->finish());
  const Gguf file = Gguf::read(map_file(path).value()).value();
  auto files = tokenizer_files(file);
  EXPECT_TRUE(files) << files.error().text();
  const Json parsed = parse_json(files->tokenizer.dump(), "tokenizer.json").value();
  auto again = Tokenizer::from_json(parsed, &files->config, "tokenizer.json");
  EXPECT_TRUE(again) << again.error().text();
  return {Tokenizer::from_gguf(file).value(), *again, *std::move(files)};
}

void expect_same(const Both& two, std::string_view text) {
  for (const bool parse : {false, true})
    for (const bool add : {false, true}) {
      const auto ids = two.from_gguf->encode(text, {parse, add});
      ASSERT_TRUE(ids);
      EXPECT_EQ(*two.from_json->encode(text, {parse, add}), *ids) << text;
      EXPECT_EQ(two.from_json->decode(*ids), two.from_gguf->decode(*ids)) << text;
      EXPECT_EQ(two.from_json->decode(*ids, true), two.from_gguf->decode(*ids, true)) << text;
    }
}

GgufMetadata byte_level(std::string_view pre) {
  return {{"tokenizer.ggml.model", gguf_string("gpt2")},
          {"tokenizer.ggml.pre", gguf_string(pre)},
          {"tokenizer.ggml.tokens", gguf_strings({"<s>", "a", "b", "ab", "1", "2", "12", "Ġ", "Ġa", "<end>", "Ċ"})},
          {"tokenizer.ggml.token_type", list(GgufType::kI32, {3, 1, 1, 1, 1, 1, 1, 1, 1, 4, 1})},
          {"tokenizer.ggml.merges", gguf_strings({"a b", "1 2", "Ġ a"})},
          {"tokenizer.ggml.bos_token_id", gguf_u32(0)},
          {"tokenizer.ggml.eos_token_id", gguf_u32(0)},
          {"tokenizer.chat_template", gguf_string("{{ messages[0].content }}")}};
}

GgufMetadata sentence_piece(bool prefix) {
  return {{"tokenizer.ggml.model", gguf_string("llama")},
          {"tokenizer.ggml.tokens", gguf_strings({"<unk>", "<s>", "</s>", "<0x0A>", "<0xC3>", "<0xA9>", "▁", "a", "▁a", "b", "ab", "▁ab", "ba"})},
          {"tokenizer.ggml.token_type", list(GgufType::kI32, {2, 3, 3, 6, 6, 6, 1, 1, 1, 1, 1, 1, 1})},
          {"tokenizer.ggml.scores", scores({0, 0, 0, 0, 0, 0, -9, -8, -2, -7, -3, -4, -1})},
          {"tokenizer.ggml.bos_token_id", gguf_u32(1)},
          {"tokenizer.ggml.eos_token_id", gguf_u32(2)},
          {"tokenizer.ggml.unknown_token_id", gguf_u32(0)},
          {"tokenizer.ggml.add_space_prefix", GgufValue{GgufType::kBool, prefix}}};
}

TEST(TokenizerFiles, ByteLevelTokenizersAreReadBackTheSame) {
  for (const char* pre : {"gpt-2", "smollm", "llama-bpe", "qwen2", "deepseek-v3"}) {
    const Both two = both(byte_level(pre));
    for (const char* text : {"", "ab a", "a 12ab\n\n b1", "<s>ab<end>b", " a", "é"}) expect_same(two, text);
    EXPECT_EQ(two.from_json->chat_template(), "{{ messages[0].content }}");
    EXPECT_EQ(two.from_json->eos_id(), 0);
  }
}

TEST(TokenizerFiles, SentencePieceTokenizersAreReadBackTheSame) {
  for (const bool prefix : {true, false}) {
    const Both two = both(sentence_piece(prefix));
    for (const char* text : {"", "abab", "bab a", "a\nb", "é", "<s>ab</s>ba", "  a"}) expect_same(two, text);
  }
}

TEST(TokenizerFiles, WhatStandsAroundATextIsKept) {
  GgufMetadata metadata = sentence_piece(true);
  metadata.emplace_back("tokenizer.ggml.add_eos_token", yes());
  const Both two = both(metadata);
  EXPECT_EQ(*two.from_json->encode("a", {.add_special = true}), (std::vector<std::int32_t>{1, 8, 2}));
  expect_same(two, "a b");
}

TEST(TokenizerFiles, TokenizersThatAreNotKnownAreRefused) {
  GgufMetadata metadata = byte_level("from-the-future");
  const std::string path = (std::filesystem::path(testing::TempDir()) / "unknown_tokenizer.gguf").string();
  auto writer = GgufWriter::create(path, metadata, {});
  ASSERT_TRUE(writer && writer->finish());
  const auto files = tokenizer_files(Gguf::read(map_file(path).value()).value());
  ASSERT_FALSE(files);
  EXPECT_EQ(files.error().code, Code::kUnsupported);
}

TEST(MergesOfScores, BestScoresComeFirstAndEveryWayToJoinIsThere) {
  const GgufTokens tokens{{"a", "b", "ab", "abb", "bb", "<s>"},
                          {TokenType::kNormal, TokenType::kNormal, TokenType::kNormal, TokenType::kNormal, TokenType::kNormal, TokenType::kControl}};
  using Pairs = std::vector<std::pair<std::string_view, std::string_view>>;
  EXPECT_EQ(merges_of_scores(tokens, {0, 0, -2, -1, -3, 0}), (Pairs{{"a", "bb"}, {"ab", "b"}, {"a", "b"}, {"b", "b"}}));
}

}  // namespace
}  // namespace lab
