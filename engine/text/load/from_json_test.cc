// Tokenizers of JSON that a program has built itself. Bad files: tests/malformed.
#include <gtest/gtest.h>

#include <limits>

#include "text/tokenizer.h"

namespace lab {
namespace {

Json parsed(std::string_view text) {
  auto json = parse_json(text);
  EXPECT_TRUE(json) << json.error().text();
  return json ? *std::move(json) : Json();
}

Json valid() {
  return parsed(R"({"version": "1.0", "added_tokens": [], "normalizer": null, "pre_tokenizer": null,
    "post_processor": null, "decoder": null,
    "model": {"type": "BPE", "merges": ["a b"], "vocab": {"a": 0, "b": 1, "ab": 2}}})");
}

TEST(JsonTokenizer, IsMadeFromAParsedFile) {
  auto tokenizer = Tokenizer::from_json(valid(), nullptr, "tokenizer.json");
  EXPECT_TRUE(tokenizer) << tokenizer.error().text();
}

// JSON cannot spell these, but a value that a program builds can hold them.
TEST(JsonTokenizer, ScoresMustBeFinite) {
  for (double score : {std::numeric_limits<double>::quiet_NaN(),
                       std::numeric_limits<double>::infinity()}) {
    Json model;
    model.set("type", "Unigram");
    model.set("unk_id", 0);
    model.set("vocab", Json::Array{Json(Json::Array{Json("a"), Json(score)})});
    Json json = valid();
    json.set("model", model);
    auto tokenizer = Tokenizer::from_json(json, nullptr, "tokenizer.json");
    ASSERT_FALSE(tokenizer);
    EXPECT_EQ(tokenizer.error().code, Code::kCorrupt);
  }
}

TEST(JsonTokenizer, NamesTheSettingsFileWhereThatIsWrong) {
  const Json config = parsed(R"({"bos_token": "<s>"})");
  auto tokenizer = Tokenizer::from_json(valid(), &config, "tokenizer.json");
  ASSERT_FALSE(tokenizer);
  EXPECT_EQ(tokenizer.error().file, "tokenizer_config.json");
}

}  // namespace
}  // namespace lab
