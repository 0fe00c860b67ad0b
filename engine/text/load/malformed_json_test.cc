// Every malformed tokenizer.json T1..T8 of the list in tests/malformed, refused with what is wrong.
#include <gtest/gtest.h>

#include <ctime>
#include <limits>

#include "text/tokenizer.h"

namespace lab {
namespace {

struct Case {
  const char* name;
  const char* member;  ///< of tokenizer.json, replaced; null: tokenizer_config.json
  const char* value;   ///< its JSON; null: the member is taken out
  Code code;
};

constexpr const char* kBpe = "model";

const Case kCases[] = {
    {"T1_no_version", "version", nullptr, Code::kBadJson},
    {"T1_other_version", "version", R"("2.0")", Code::kUnsupported},
    {"T1_no_model", "model", nullptr, Code::kBadJson},
    {"T1_model_is_a_string", "model", R"("BPE")", Code::kBadJson},
    {"T1_unknown_model", "model",
     R"({"type": "WordLevel", "vocab": {"a": 0}})", Code::kUnsupported},
    {"T1_no_vocab", kBpe, R"({"type": "BPE", "merges": []})", Code::kBadJson},
    {"T1_no_merges", kBpe,
     R"({"type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2}})", Code::kBadJson},
    {"T1_vocab_is_a_list", kBpe,
     R"({"type": "BPE", "merges": [], "vocab": ["a"]})", Code::kBadJson},
    {"T1_empty_vocab", kBpe, R"({"type": "BPE", "merges": [], "vocab": {}})", Code::kEmpty},

    {"T2_negative_id", kBpe,
     R"({"type": "BPE", "merges": [], "vocab": {"a": -1, "b": 1, "ab": 2}})",
     Code::kCorrupt},
    {"T2_id_twice", kBpe, R"({"type": "BPE", "merges": [], "vocab": {"a": 1, "b": 1, "ab": 2}})",
     Code::kCorrupt},
    {"T2_gap", kBpe, R"({"type": "BPE", "merges": [], "vocab": {"a": 0, "b": 1, "ab": 2, "c": 9}})",
     Code::kCorrupt},
    {"T2_id_of_2_to_the_31", kBpe,
     R"({"type": "BPE", "merges": [], "vocab": {"a": 0, "b": 1, "ab": 2, "c": 2147483648}})",
     Code::kCorrupt},
    {"T2_id_is_a_fraction", kBpe,
     R"({"type": "BPE", "merges": [], "vocab": {"a": 0.5, "b": 1, "ab": 2}})", Code::kBadJson},
    {"T2_unigram_piece_twice", "model",
     R"({"type": "Unigram", "unk_id": 0, "vocab": [["a", 0], ["a", -1], ["ab", -1]]})",
     Code::kCorrupt},

    {"T3_unknown_piece", kBpe,
     R"({"type": "BPE", "merges": ["a x"], "vocab": {"a": 0, "b": 1, "ab": 2}})", Code::kCorrupt},
    {"T3_unknown_result", kBpe,
     R"({"type": "BPE", "merges": ["b a"], "vocab": {"a": 0, "b": 1, "ab": 2}})", Code::kCorrupt},
    {"T3_one_piece", kBpe,
     R"({"type": "BPE", "merges": ["ab"], "vocab": {"a": 0, "b": 1, "ab": 2}})",
     Code::kCorrupt},
    {"T3_three_pieces", kBpe,
     R"({"type": "BPE", "merges": ["a b c"], "vocab": {"a": 0, "b": 1, "ab": 2}})", Code::kCorrupt},
    {"T3_list_of_three", kBpe,
     R"({"type": "BPE", "merges": [["a", "b", "c"]], "vocab": {"a": 0, "b": 1, "ab": 2}})",
     Code::kBadJson},
    {"T3_twice", kBpe,
     R"({"type": "BPE", "merges": ["a b", "a b"], "vocab": {"a": 0, "b": 1, "ab": 2}})",
     Code::kCorrupt},

    {"T4_unknown_token_missing", kBpe,
     R"({"type": "BPE", "unk_token": "?", "merges": [], "vocab": {"a": 0, "b": 1, "ab": 2}})",
     Code::kCorrupt},
    {"T4_unk_id_out_of_range", "model",
     R"({"type": "Unigram", "unk_id": 3, "vocab": [["a", 0], ["b", -1], ["ab", -1]]})",
     Code::kCorrupt},
    {"T4_unk_id_negative", "model",
     R"({"type": "Unigram", "unk_id": -1, "vocab": [["a", 0], ["b", -1], ["ab", -1]]})",
     Code::kCorrupt},
    {"T4_word_piece_unknown_missing", "model",
     R"({"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
         "max_input_chars_per_word": 100, "vocab": {"a": 0, "b": 1, "ab": 2}})",
     Code::kCorrupt},
    {"T4_bos_missing", nullptr, R"({"bos_token": "<s>"})", Code::kCorrupt},
    {"T4_eos_missing", nullptr, R"({"eos_token": {"content": "</s>"}})", Code::kCorrupt},
    {"T4_pad_missing", nullptr, R"({"pad_token": "<pad>"})", Code::kCorrupt},
    {"T4_post_processor_id_missing", "post_processor",
     R"({"type": "BertProcessing", "cls": ["a", 0], "sep": ["z", 77]})", Code::kCorrupt},
    {"T4_template_token_missing", "post_processor",
     R"({"type": "TemplateProcessing", "special_tokens": {}, "pair": [],
         "single": [{"SpecialToken": {"id": "<s>"}}, {"Sequence": {"id": "A"}}]})",
     Code::kCorrupt},

    {"T5_added_token_contradicts", "added_tokens",
     R"([{"id": 1, "content": "a", "special": false}])", Code::kCorrupt},
    {"T5_added_token_takes_anothers_id", "added_tokens",
     R"([{"id": 1, "content": "<new>", "special": true}])", Code::kCorrupt},
    {"T5_added_token_leaves_a_gap", "added_tokens",
     R"([{"id": 7, "content": "<new>", "special": true}])", Code::kCorrupt},
    {"T5_added_token_twice", "added_tokens",
     R"([{"id": 3, "content": "<new>", "special": true},
         {"id": 4, "content": "<new>", "special": true}])",
     Code::kCorrupt},

    {"T6_look_behind", "pre_tokenizer",
     R"({"type": "Split", "behavior": "Isolated", "invert": false,
         "pattern": {"Regex": "(?<=a)b"}})",
     Code::kUnsupported},
    {"T6_pattern_too_large", "pre_tokenizer",
     R"({"type": "Split", "behavior": "Isolated", "invert": false,
         "pattern": {"Regex": "(?:(?:(?:ab){999}){999}){999}"}})",
     Code::kLimit},
    {"T6_unknown_normalizer", "normalizer", R"({"type": "Emojify"})", Code::kUnsupported},
    {"T6_unknown_normalizer_in_a_sequence", "normalizer",
     R"({"type": "Sequence", "normalizers": [{"type": "NFC"}, {"type": "Emojify"}]})",
     Code::kUnsupported},
    {"T6_unknown_pre_tokenizer", "pre_tokenizer", R"({"type": "UnicodeScripts"})",
     Code::kUnsupported},
    {"T6_unknown_decoder", "decoder", R"({"type": "CTC", "pad_token": "p"})", Code::kUnsupported},
    {"T6_unknown_post_processor", "post_processor", R"({"type": "Surprise"})", Code::kUnsupported},
    {"T6_unknown_behavior", "pre_tokenizer",
     R"({"type": "Split", "behavior": "Swallowed", "invert": false, "pattern": {"String": "a"}})",
     Code::kUnsupported},
    {"T6_stage_without_type", "normalizer", R"({"prepend": "x"})", Code::kBadJson},
    {"T6_dropout", kBpe,
     R"({"type": "BPE", "dropout": 0.1, "merges": [], "vocab": {"a": 0, "b": 1, "ab": 2}})",
     Code::kUnsupported},

    {"T7_precompiled_map", "normalizer",
     R"({"type": "Precompiled", "precompiled_charsmap": "!not base64!"})", Code::kUnsupported},

    {"T8_score_is_null", "model",
     R"({"type": "Unigram", "unk_id": 0, "vocab": [["a", 0], ["b", null], ["ab", -1]]})",
     Code::kCorrupt},
    {"T8_score_is_a_string", "model",
     R"({"type": "Unigram", "unk_id": 0, "vocab": [["a", 0], ["b", "NaN"], ["ab", -1]]})",
     Code::kCorrupt},
};

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

TEST(MalformedTokenizer, TheFileThatTheCasesSpoilIsValid) {
  auto tokenizer = Tokenizer::from_json(valid(), nullptr, "tokenizer.json");
  EXPECT_TRUE(tokenizer) << tokenizer.error().text();
}

// JSON cannot spell these, but a value that a program builds can hold them.
TEST(MalformedTokenizer, ScoresMustBeFinite) {  // T8
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

class MalformedTokenizerJson : public testing::TestWithParam<Case> {};

TEST_P(MalformedTokenizerJson, IsRefusedByName) {
  const Case& one = GetParam();
  Json json = valid();
  Json config = one.member ? Json() : parsed(one.value);
  if (one.member && one.value) {
    json.set(one.member, parsed(one.value));
  } else if (one.member) {
    std::erase_if(json.object(), [&](const auto& member) { return member.first == one.member; });
  }
  std::clock_t start = std::clock();
  auto tokenizer = Tokenizer::from_json(json, one.member ? nullptr : &config, "tokenizer.json");
  EXPECT_LT(std::clock() - start, CLOCKS_PER_SEC / 10);
  ASSERT_FALSE(tokenizer);
  EXPECT_EQ(tokenizer.error().code, one.code) << tokenizer.error().text();
  EXPECT_EQ(tokenizer.error().file, "tokenizer.json");
  EXPECT_FALSE(tokenizer.error().message.empty());
}

INSTANTIATE_TEST_SUITE_P(All, MalformedTokenizerJson, testing::ValuesIn(kCases),
                         [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace lab
