// Every golden case: texts and ids of Hugging Face's tokenizers and llama.cpp.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "text/tokenizer.h"

namespace lab {
namespace {

using TokenizerPtr = std::shared_ptr<const Tokenizer>;

Json read_json(const std::string& path) {
  std::ifstream stream(path);
  std::stringstream text;
  text << stream.rdbuf();
  auto json = parse_json(text.str(), path);
  EXPECT_TRUE(json) << json.error().text();
  return json ? *std::move(json) : Json();
}

std::string oracle(const std::string& name) { return std::string(LAB_ORACLE_DIR) + "/" + name; }

std::vector<std::int32_t> ids_of(const Json& list) {
  std::vector<std::int32_t> ids;
  for (const Json& id : list.array()) ids.push_back(static_cast<std::int32_t>(id.integer()));
  return ids;
}

std::string decode_in_steps(TokenizerPtr tokenizer, const std::vector<std::int32_t>& ids,
                            bool skip_special) {
  StreamDecoder stream(std::move(tokenizer), skip_special);
  std::string text;
  for (std::int32_t id : ids) text += stream.push(id);
  return text + stream.flush();
}

TokenizerPtr from_gguf(const std::string& path) {
  auto source = map_file(path);
  EXPECT_TRUE(source) << source.error().text();
  auto file = Gguf::read(*source);
  EXPECT_TRUE(file) << file.error().text();
  auto tokenizer = Tokenizer::from_gguf(*file);
  EXPECT_TRUE(tokenizer) << tokenizer.error().text();
  return *tokenizer;
}

std::string default_model() {
  if (const char* path = std::getenv("LAB_MODEL")) return path;
  const char* cache = std::getenv("XDG_CACHE_HOME");
  const char* home = std::getenv("HOME");
  std::string folder = cache ? cache : std::string(home ? home : "") + "/.cache";
  return folder + "/lora-lab/SmolLM2-135M-Instruct.Q4_1.gguf";
}

void expect_encoding(const Tokenizer& tokenizer, const std::string& text, EncodeOptions options,
                     const Json& expected) {
  auto ids = tokenizer.encode(text, options);
  ASSERT_TRUE(ids) << ids.error().text();
  EXPECT_EQ(*ids, ids_of(expected)) << text;
}

void expect_decoding(const TokenizerPtr& tokenizer, const std::vector<std::int32_t>& ids,
                     const Json& one_case) {
  EXPECT_EQ(tokenizer->decode(ids), one_case.find("decoded")->string());
  EXPECT_EQ(tokenizer->decode(ids, true), one_case.find("decoded_skip_special")->string());
  EXPECT_EQ(decode_in_steps(tokenizer, ids, false), one_case.find("decoded")->string());
  EXPECT_EQ(decode_in_steps(tokenizer, ids, true), one_case.find("decoded_skip_special")->string());
}

class SmolLm2 : public testing::Test {
 protected:
  void SetUp() override {
    if (!std::ifstream(default_model())) GTEST_SKIP() << "no " << default_model();
    tokenizer_ = from_gguf(default_model());
  }
  TokenizerPtr tokenizer_;
};

TEST_F(SmolLm2, EncodesAndDecodesTheGoldenTexts) {
  for (const Json& one : read_json(oracle("tokenizer/smollm2.json")).array()) {
    const std::string& text = one.find("text")->string();
    expect_encoding(*tokenizer_, text, {.parse_special = true}, *one.find("ids"));
    expect_encoding(*tokenizer_, text, {}, *one.find("plain_ids"));
    expect_decoding(tokenizer_, ids_of(*one.find("ids")), one);
  }
}

TEST_F(SmolLm2, DecodesRandomIds) {
  for (const Json& one : read_json(oracle("tokenizer/smollm2_decode.json")).array())
    expect_decoding(tokenizer_, ids_of(*one.find("ids")), one);
}

TEST_F(SmolLm2, EncodesRenderedChats) {
  for (const Json& one : read_json(oracle("tokenizer/smollm2_chat.json")).array())
    expect_encoding(*tokenizer_, one.find("text")->string(), {.parse_special = true},
                    *one.find("ids"));
}

TEST_F(SmolLm2, KnowsItsSpecialTokens) {
  EXPECT_EQ(tokenizer_->vocab_size(), 49152);
  EXPECT_EQ(tokenizer_->bos_id(), 1);
  EXPECT_EQ(tokenizer_->eos_id(), 2);
  EXPECT_EQ(tokenizer_->token_text(2), "<|im_end|>");
  EXPECT_EQ(tokenizer_->id_of("<|im_start|>"), 1);
  EXPECT_TRUE(tokenizer_->is_special(0));
  EXPECT_FALSE(tokenizer_->is_special(5000));
  EXPECT_FALSE(tokenizer_->add_bos());
  EXPECT_TRUE(tokenizer_->is_end_of_generation(2));
  EXPECT_TRUE(tokenizer_->is_end_of_generation(0));
  EXPECT_FALSE(tokenizer_->is_end_of_generation(1));
  ASSERT_TRUE(tokenizer_->chat_template());
  EXPECT_TRUE(tokenizer_->chat_template()->contains("add_generation_prompt"));
}

TEST(GgufTokenizer, EncodesTheGoldenTexts) {
  TokenizerPtr tokenizer = from_gguf(oracle("gguf/llama-tied.Q8_0.gguf"));
  for (const Json& one : read_json(oracle("gguf/tokens.json")).array())
    expect_encoding(*tokenizer, one.find("text")->string(), {.parse_special = true},
                    *one.find("ids"));
}

class JsonTokenizer : public testing::TestWithParam<const char*> {};

TEST_P(JsonTokenizer, EncodesAndDecodesTheGoldenTexts) {
  std::string folder = oracle(std::string("tokenizer/") + GetParam());
  auto loaded = Tokenizer::from_folder(folder);
  ASSERT_TRUE(loaded) << loaded.error().text();
  TokenizerPtr tokenizer = *loaded;
  for (const Json& one : read_json(folder + "/cases.json").array()) {
    const std::string& text = one.find("text")->string();
    EncodeOptions parse{.parse_special = true};
    expect_encoding(*tokenizer, text, {.parse_special = true, .add_special = true},
                    *one.find("ids"));
    expect_encoding(*tokenizer, text, parse, *one.find("ids_bare"));
    expect_decoding(tokenizer, ids_of(*one.find("ids_bare")), one);

    // For an unknown token the reference shows the source text in place of the piece.
    const Json::Array& expected = one.find("tokens")->array();
    std::vector<std::int32_t> ids = ids_of(*one.find("ids"));
    ASSERT_EQ(expected.size(), ids.size());
    for (std::size_t i = 0; i < ids.size(); ++i) {
      if (ids[i] == tokenizer->unk_id()) continue;
      EXPECT_EQ(tokenizer->token_text(ids[i]), expected[i].string()) << text;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Oracle, JsonTokenizer,
                         testing::Values("byte_bpe", "llama_bpe", "unigram", "wordpiece"),
                         [](const auto& test) { return std::string(test.param); });

}  // namespace
}  // namespace lab
