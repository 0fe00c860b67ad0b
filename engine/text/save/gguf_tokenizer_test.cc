// What is written of a folder's tokenizer into a GGUF file is read back as the same tokenizer.
#include "text/save/gguf_tokenizer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "file/atomic_file.h"

namespace lab {
namespace {

constexpr const char* kDigits = R"({"type": "Digits", "individual_digits": true})";
constexpr const char* kQwen = R"({"type": "Split", "behavior": "Isolated", "invert": false, "pattern": {"Regex":
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"}})";
std::string bytes(bool regex) {
  return std::string(R"({"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": )") + (regex ? "true}" : "false}");
}
std::string in_turn(const std::string& first, const std::string& second) {
  return R"({"type": "Sequence", "pretokenizers": [)" + first + ", " + second + "]}";
}

std::string folder_with(const std::string& pre_tokenizer, const std::string& normalizer = "null") {
  const std::string folder = testing::TempDir() + "/folder_tokenizer";
  std::filesystem::create_directories(folder);
  const std::string json = R"({"version": "1.0", "normalizer": )" + normalizer + R"(, "pre_tokenizer": )" + pre_tokenizer + R"(,
    "added_tokens": [{"id": 0, "content": "<s>", "special": true, "normalized": false, "single_word": false, "lstrip": false, "rstrip": false},
                     {"id": 9, "content": "<tool>", "special": false, "normalized": false, "single_word": false, "lstrip": false, "rstrip": false}],
    "post_processor": {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
      "pair": [], "special_tokens": {"<s>": {"id": "<s>", "ids": [0], "tokens": ["<s>"]}}},
    "decoder": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true},
    "model": {"type": "BPE", "vocab": {"<s>": 0, "a": 1, "b": 2, "ab": 3, "1": 4, "2": 5, "12": 6, "Ġ": 7, "Ġa": 8}, "merges": ["a b", ["1", "2"], "Ġ a"]}})";
  EXPECT_TRUE(write_file(folder + "/tokenizer.json", json));
  EXPECT_TRUE(write_file(folder + "/tokenizer_config.json", R"({"bos_token": "<s>", "eos_token": "<s>", "chat_template": "{{ messages }}"})"));
  return folder;
}

std::shared_ptr<const Tokenizer> written(const std::string& folder, std::int64_t vocab) {
  const auto tokenizer = gguf_tokenizer(folder, vocab);
  EXPECT_TRUE(tokenizer) << tokenizer.error().text();
  const std::string path = testing::TempDir() + "/gguf_tokenizer.gguf";
  auto writer = GgufWriter::create(path, tokenizer->metadata, {});
  EXPECT_TRUE(writer && writer->finish());
  return Tokenizer::from_gguf(Gguf::read(map_file(path).value()).value()).value();
}

TEST(WrittenGgufTokenizer, IsReadBackTheSame) {
  for (const std::string& splitting : {in_turn(kDigits, bytes(true)), bytes(true), in_turn(kQwen, bytes(false))}) {
    const std::string folder = folder_with(splitting, R"({"type": "NFC"})");
    const auto before = Tokenizer::from_folder(folder).value(), after = written(folder, 12);
    for (const std::string_view text : {"", "ab 12a", "<s>ab<tool> a", "1 2"})
      for (const bool parse : {false, true})
        for (const bool add : {false, true}) {
          const auto ids = before->encode(text, {parse, add}).value();
          EXPECT_EQ(after->encode(text, {parse, add}).value(), ids) << splitting << text;
          EXPECT_EQ(after->decode(ids), before->decode(ids));
          EXPECT_EQ(after->decode(ids, true), before->decode(ids, true));
        }
    EXPECT_EQ(after->chat_template(), before->chat_template());
    EXPECT_EQ(after->eos_id(), before->eos_id());
    EXPECT_EQ(after->vocab_size(), 12);
    EXPECT_EQ(after->token_text(11), "[PAD11]");
  }
}

TEST(WrittenGgufTokenizer, SaysThatAFolderHasNone) {
  const std::string folder = testing::TempDir() + "/no_tokenizer";
  std::filesystem::create_directories(folder);
  const auto tokenizer = gguf_tokenizer(folder, 5);
  ASSERT_TRUE(tokenizer);
  EXPECT_EQ(tokenizer->metadata.size(), 1U);
  EXPECT_EQ(std::get<std::string_view>(tokenizer->metadata[0].second.value), "no_vocab");
}

TEST(WrittenGgufTokenizer, RefusesWhatTheFormatHasNoWordsFor) {
  const std::string unknown = R"({"type": "Split", "behavior": "Isolated", "invert": false, "pattern": {"Regex": "[ab]"}})";
  struct Case { std::string pre_tokenizer, normalizer = "null"; };
  for (const auto& [pre_tokenizer, normalizer] :
       {Case{in_turn(unknown, bytes(false))}, Case{in_turn(bytes(true), kDigits)}, Case{kDigits}, Case{"null"},
        Case{R"({"type": "ByteLevel", "add_prefix_space": true})"}, Case{bytes(true), R"({"type": "Lowercase"})"}}) {
    const auto tokenizer = gguf_tokenizer(folder_with(pre_tokenizer, normalizer), 12);
    ASSERT_FALSE(tokenizer) << pre_tokenizer;
    EXPECT_EQ(tokenizer.error().code, Code::kUnsupported) << tokenizer.error().text();
    EXPECT_FALSE(tokenizer.error().remedy.empty());
  }
}

}  // namespace
}  // namespace lab
