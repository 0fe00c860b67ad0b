#include "text/tokenizer.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace lab {
namespace {

using Ids = std::vector<std::int32_t>;

Json json(std::string_view text) {
  auto parsed = parse_json(text);
  EXPECT_TRUE(parsed) << parsed.error().text();
  return *std::move(parsed);
}

// A tokenizer over the letters a b c and a few added tokens; `stages` overrides members.
std::shared_ptr<const Tokenizer> make(std::string_view stages = "{}",
                                      std::string_view config = "null") {
  Json tokenizer = json(R"({
    "version": "1.0",
    "added_tokens": [
      {"id": 0, "content": "<s>", "special": true, "normalized": false},
      {"id": 1, "content": "</s>", "special": true, "normalized": false},
      {"id": 8, "content": "Tool", "special": false, "normalized": true, "single_word": true},
      {"id": 9, "content": "<mask>", "special": true, "normalized": false, "lstrip": true,
       "rstrip": true}],
    "model": {"type": "BPE", "merges": ["a b"], "byte_fallback": true,
      "vocab": {"<s>": 0, "</s>": 1, "a": 2, "b": 3, "ab": 4, " ": 5, "<0xC3>": 6, "<0xA9>": 7}},
    "decoder": {"type": "Sequence", "decoders": [{"type": "ByteFallback"}, {"type": "Fuse"}]}})");
  for (const auto& [key, value] : json(stages).object()) tokenizer.set(key, value);
  Json settings = json(config);
  auto made = Tokenizer::from_json(tokenizer, settings.is_null() ? nullptr : &settings, "test");
  EXPECT_TRUE(made) << made.error().text();
  return made ? *made : nullptr;
}

Ids encode(const Tokenizer& tokenizer, std::string_view text, EncodeOptions options = {}) {
  auto ids = tokenizer.encode(text, options);
  EXPECT_TRUE(ids) << ids.error().text();
  return ids ? *ids : Ids();
}

TEST(Tokenizer, SpecialTokensInATextAreTextUnlessParsed) {
  auto tokenizer = make(R"({"model": {"type": "BPE", "merges": [], "vocab": {"<s>": 0, "</s>": 1,
    "<": 2, "s": 3, ">": 4, "a": 5, "b": 6, "c": 7}}})");
  EXPECT_EQ(encode(*tokenizer, "a<s>b"), (Ids{5, 2, 3, 4, 6}));
  EXPECT_EQ(encode(*tokenizer, "a<s>b", {.parse_special = true}), (Ids{5, 0, 6}));
}

TEST(Tokenizer, AUnigramNeverMakesAControlTokenOfPlainText) {
  auto tokenizer = make(R"({"model": {"type": "Unigram", "unk_id": 0, "vocab": [["<s>", 0.0],
    ["</s>", 0.0], ["<", -5.0], ["s", -5.0], [">", -5.0], ["/", -5.0], ["x", -1.0],
    ["y", -1.0]]}})");
  EXPECT_EQ(encode(*tokenizer, "</s>"), (Ids{2, 5, 3, 4}));
  EXPECT_EQ(encode(*tokenizer, "</s>", {.parse_special = true}), (Ids{1}));
}

TEST(Tokenizer, AddedTokensStripAndStandAlone) {
  auto tokenizer = make();
  EXPECT_EQ(encode(*tokenizer, "a  <mask>  b", {.parse_special = true}), (Ids{2, 9, 3}));
  EXPECT_EQ(encode(*tokenizer, "a Tool b"), (Ids{2, 5, 8, 5, 3}));
  EXPECT_EQ(encode(*tokenizer, "aToolb"), (Ids{4}));  // the vocabulary lacks T, o and l
}

TEST(Tokenizer, TokensThatAreNormalizedMatchNormalizedText) {
  auto tokenizer = make(R"({"normalizer": {"type": "Lowercase"}})");
  EXPECT_EQ(encode(*tokenizer, "A TOOL"), (Ids{2, 5, 8}));
  EXPECT_EQ(tokenizer->decode(Ids{8}), "tool");
}

TEST(Tokenizer, AddsWhatThePostProcessorPutsAround) {
  auto tokenizer = make(R"({"post_processor": {"type": "TemplateProcessing",
    "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}},
               {"Sequence": {"id": "A", "type_id": 0}},
               {"SpecialToken": {"id": "</s>", "type_id": 0}}], "pair": [],
    "special_tokens": {"<s>": {"id": "<s>", "ids": [0], "tokens": ["<s>"]},
                       "</s>": {"id": "</s>", "ids": [1], "tokens": ["</s>"]}}}})",
                        R"({"bos_token": "<s>", "eos_token": {"content": "</s>"}})");
  EXPECT_EQ(encode(*tokenizer, "ab", {.add_special = true}), (Ids{0, 4, 1}));
  EXPECT_EQ(encode(*tokenizer, "ab"), (Ids{4}));
  EXPECT_EQ(encode(*tokenizer, "", {.add_special = true}), (Ids{0, 1}));
  EXPECT_TRUE(tokenizer->add_bos());
  EXPECT_TRUE(tokenizer->add_eos());
  EXPECT_EQ(tokenizer->end_of_generation_ids(), (Ids{1}));
}

TEST(Tokenizer, ReadsRolesAndTemplateFromTheConfig) {
  auto tokenizer = make("{}", R"({"bos_token": "<s>", "eos_token": "</s>", "pad_token": null,
    "chat_template": [{"name": "tool_use", "template": "T"},
                      {"name": "default", "template": "D"}]})");
  EXPECT_EQ(tokenizer->bos_id(), 0);
  EXPECT_EQ(tokenizer->eos_id(), 1);
  EXPECT_FALSE(tokenizer->pad_id());
  EXPECT_FALSE(tokenizer->add_bos());
  EXPECT_EQ(tokenizer->chat_template(), "D");
}

TEST(Tokenizer, RefusesTextThatIsNotUtf8WithItsPlace) {
  auto ids = make()->encode("ab\xFF");
  ASSERT_FALSE(ids);
  EXPECT_EQ(ids.error().code, Code::kBadText);
  EXPECT_EQ(ids.error().offset, 2);
}

TEST(Tokenizer, IdsOutsideTheVocabularyDecodeToNothing) {
  auto tokenizer = make();
  EXPECT_EQ(tokenizer->decode(Ids{4, -1, 99, 3}), "abb");
  EXPECT_EQ(tokenizer->token_text(99), "");
  EXPECT_FALSE(tokenizer->is_special(-1));
}

TEST(Tokenizer, SkipsSpecialTokensWhenToldTo) {
  EXPECT_EQ(make()->decode(Ids{0, 4, 8, 9}, true), "abTool");
  EXPECT_EQ(make()->decode(Ids{0, 4, 9}), "<s>ab<mask>");
}

TEST(Tokenizer, APatternThatTakesTooLongIsAnError) {
  auto tokenizer = make(R"({"pre_tokenizer": {"type": "Split", "behavior": "Isolated",
    "invert": false, "pattern": {"Regex": "(?:a+)+$b"}}})");
  auto ids = tokenizer->encode(std::string(5000, 'a'));
  ASSERT_FALSE(ids);
  EXPECT_EQ(ids.error().code, Code::kLimit);
}

TEST(StreamDecoder, HoldsBackUnfinishedCharacters) {
  StreamDecoder stream(make());
  EXPECT_EQ(stream.push(4), "ab");
  EXPECT_EQ(stream.push(6), "");
  EXPECT_EQ(stream.push(7), "");  // more bytes might still make the run ill-formed
  EXPECT_EQ(stream.push(2), "éa");
  EXPECT_EQ(stream.push(6), "");
  EXPECT_EQ(stream.flush(), "\uFFFD");
  EXPECT_EQ(stream.push(3), "b");
}

TEST(StreamDecoder, ByteLevelTextComesOutCharacterByCharacter) {
  StreamDecoder stream(make(R"({"decoder": {"type": "ByteLevel", "add_prefix_space": true},
    "model": {"type": "BPE", "merges": [], "vocab": {"<s>": 0, "</s>": 1, "Ã": 2, "©": 3, "Ġ": 4,
    "â": 5, "Ĥ": 6, "¬": 7}}})"));
  EXPECT_EQ(stream.push(2), "");
  EXPECT_EQ(stream.push(3), "é");
  EXPECT_EQ(stream.push(5), "");
  EXPECT_EQ(stream.push(4), "\uFFFD ");
  EXPECT_EQ(stream.push(5), "");
  EXPECT_EQ(stream.push(6), "");
  EXPECT_EQ(stream.push(7), "€");
  EXPECT_EQ(stream.flush(), "");
}

TEST(Tokenizer, AFoldersTemplateFileComesBeforeItsConfig) {
  std::filesystem::path folder = std::filesystem::path(testing::TempDir()) / "tokenizer_folder";
  std::filesystem::create_directories(folder);
  auto write = [&](const char* name, std::string_view text) {
    std::ofstream(folder / name) << text;
  };
  write("tokenizer.json", R"({"version": "1.0", "model": {"type": "WordPiece", "unk_token": "x",
    "continuing_subword_prefix": "##", "max_input_chars_per_word": 9,
    "vocab": {"x": 0, "##y": 1}}})");
  auto bare = Tokenizer::from_folder(folder.string());
  ASSERT_TRUE(bare) << bare.error().text();
  EXPECT_FALSE((*bare)->chat_template());
  EXPECT_EQ((*bare)->unk_id(), 0);
  EXPECT_EQ((*bare)->decode(Ids{0, 1}), "x ##y");  // without a decoder pieces are joined by blanks

  write("tokenizer_config.json", R"({"chat_template": "config", "eos_token": "x"})");
  EXPECT_EQ((*Tokenizer::from_folder(folder.string()))->chat_template(), "config");
  write("chat_template.jinja", "file");
  EXPECT_EQ((*Tokenizer::from_folder(folder.string()))->chat_template(), "file");
  std::filesystem::remove_all(folder);
  EXPECT_EQ(Tokenizer::from_folder(folder.string()).error().code, Code::kNotFound);
}

}  // namespace
}  // namespace lab
