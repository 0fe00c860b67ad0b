// T1 to T8: bad tokenizer.json and tokenizer_config.json files.
#include "table.h"

namespace lab::malformed {
namespace {

/// A good tokenizer with one member replaced, or taken out.
struct Spoilt {
  const char* id;
  const char* what;
  const char* member;  ///< of tokenizer.json; null: this is tokenizer_config.json
  const char* value;   ///< its JSON; null: the member is taken out
  Code code;
  const char* field;
};

const Spoilt kSpoilt[] = {
    {"T1", "no version", "version", nullptr, Code::kBadJson, "version"},
    {"T1", "other version", "version", R"("2.0")", Code::kUnsupported, "version"},
    {"T1", "no model", "model", nullptr, Code::kBadJson, "model"},
    {"T1", "model is a string", "model", R"("BPE")", Code::kBadJson, "model"},
    {"T1", "unknown model", "model",
     R"({"type": "WordLevel", "vocab": {"a": 0}})", Code::kUnsupported, "model"},
    {"T1", "no vocab", "model", R"({"type": "BPE", "merges": []})", Code::kBadJson, "vocab"},
    {"T1", "no merges", "model",
     R"({"type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2}})", Code::kBadJson, "merges"},
    {"T1", "vocab is a list", "model",
     R"({"type": "BPE", "merges": [], "vocab": ["a"]})", Code::kBadJson, "vocab"},
    {"T1", "empty vocab", "model", R"({"type": "BPE", "merges": [], "vocab": {}})", Code::kEmpty, "vocab"},

    {"T2", "negative id", "model",
     R"({"type": "BPE", "merges": [], "vocab": {"a": -1, "b": 1, "ab": 2}})",
     Code::kCorrupt, "vocab"},
    {"T2", "id twice", "model", R"({"type": "BPE", "merges": [], "vocab": {"a": 1, "b": 1, "ab": 2}})",
     Code::kCorrupt, "vocab"},
    {"T2", "gap", "model", R"({"type": "BPE", "merges": [], "vocab": {"a": 0, "b": 1, "ab": 2, "c": 9}})",
     Code::kCorrupt, "vocab"},
    {"T2", "id of 2 to the 31", "model",
     R"({"type": "BPE", "merges": [], "vocab": {"a": 0, "b": 1, "ab": 2, "c": 2147483648}})",
     Code::kCorrupt, "vocab"},
    {"T2", "id is a fraction", "model",
     R"({"type": "BPE", "merges": [], "vocab": {"a": 0.5, "b": 1, "ab": 2}})", Code::kBadJson, "vocab"},
    {"T2", "unigram piece twice", "model",
     R"({"type": "Unigram", "unk_id": 0, "vocab": [["a", 0], ["a", -1], ["ab", -1]]})",
     Code::kCorrupt, "vocab"},

    {"T3", "unknown piece", "model",
     R"({"type": "BPE", "merges": ["a x"], "vocab": {"a": 0, "b": 1, "ab": 2}})", Code::kCorrupt, "merges"},
    {"T3", "unknown result", "model",
     R"({"type": "BPE", "merges": ["b a"], "vocab": {"a": 0, "b": 1, "ab": 2}})", Code::kCorrupt, "merges"},
    {"T3", "one piece", "model",
     R"({"type": "BPE", "merges": ["ab"], "vocab": {"a": 0, "b": 1, "ab": 2}})",
     Code::kCorrupt, "merges"},
    {"T3", "three pieces", "model",
     R"({"type": "BPE", "merges": ["a b c"], "vocab": {"a": 0, "b": 1, "ab": 2}})", Code::kCorrupt, "merges"},
    {"T3", "list of three", "model",
     R"({"type": "BPE", "merges": [["a", "b", "c"]], "vocab": {"a": 0, "b": 1, "ab": 2}})",
     Code::kBadJson, "merges"},
    {"T3", "twice", "model",
     R"({"type": "BPE", "merges": ["a b", "a b"], "vocab": {"a": 0, "b": 1, "ab": 2}})",
     Code::kCorrupt, "merges"},

    {"T4", "unknown token missing", "model",
     R"({"type": "BPE", "unk_token": "?", "merges": [], "vocab": {"a": 0, "b": 1, "ab": 2}})",
     Code::kCorrupt, "unk_token"},
    {"T4", "unk id out of range", "model",
     R"({"type": "Unigram", "unk_id": 3, "vocab": [["a", 0], ["b", -1], ["ab", -1]]})",
     Code::kCorrupt, "unk_id"},
    {"T4", "unk id negative", "model",
     R"({"type": "Unigram", "unk_id": -1, "vocab": [["a", 0], ["b", -1], ["ab", -1]]})",
     Code::kCorrupt, "unk_id"},
    {"T4", "word piece unknown missing", "model",
     R"({"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
         "max_input_chars_per_word": 100, "vocab": {"a": 0, "b": 1, "ab": 2}})",
     Code::kCorrupt, "unk_token"},
    {"T4", "bos missing", nullptr, R"({"bos_token": "<s>"})", Code::kCorrupt, "bos_token"},
    {"T4", "eos missing", nullptr, R"({"eos_token": {"content": "</s>"}})", Code::kCorrupt, "eos_token"},
    {"T4", "pad missing", nullptr, R"({"pad_token": "<pad>"})", Code::kCorrupt, "pad_token"},
    {"T4", "post processor id missing", "post_processor",
     R"({"type": "BertProcessing", "cls": ["a", 0], "sep": ["z", 77]})", Code::kCorrupt, "post_processor"},
    {"T4", "template token missing", "post_processor",
     R"({"type": "TemplateProcessing", "special_tokens": {}, "pair": [],
         "single": [{"SpecialToken": {"id": "<s>"}}, {"Sequence": {"id": "A"}}]})",
     Code::kCorrupt, "special_tokens"},

    {"T5", "added token contradicts", "added_tokens",
     R"([{"id": 1, "content": "a", "special": false}])", Code::kCorrupt, "added_tokens"},
    {"T5", "added token takes anothers id", "added_tokens",
     R"([{"id": 1, "content": "<new>", "special": true}])", Code::kCorrupt, "vocab"},
    {"T5", "added token leaves a gap", "added_tokens",
     R"([{"id": 7, "content": "<new>", "special": true}])", Code::kCorrupt, "vocab"},
    {"T5", "added token twice", "added_tokens",
     R"([{"id": 3, "content": "<new>", "special": true},
         {"id": 4, "content": "<new>", "special": true}])",
     Code::kCorrupt, "added_tokens"},

    {"T6", "look behind", "pre_tokenizer",
     R"({"type": "Split", "behavior": "Isolated", "invert": false,
         "pattern": {"Regex": "(?<=a)b"}})",
     Code::kUnsupported, "pattern"},
    {"T6", "pattern too large", "pre_tokenizer",
     R"({"type": "Split", "behavior": "Isolated", "invert": false,
         "pattern": {"Regex": "(?:(?:(?:ab){999}){999}){999}"}})",
     Code::kLimit, "pattern"},
    {"T6", "unknown normalizer", "normalizer", R"({"type": "Emojify"})", Code::kUnsupported, "normalizer"},
    {"T6", "unknown normalizer in a sequence", "normalizer",
     R"({"type": "Sequence", "normalizers": [{"type": "NFC"}, {"type": "Emojify"}]})",
     Code::kUnsupported, "normalizer"},
    {"T6", "unknown pre tokenizer", "pre_tokenizer", R"({"type": "UnicodeScripts"})",
     Code::kUnsupported, "pre_tokenizer"},
    {"T6", "unknown decoder", "decoder", R"({"type": "CTC", "pad_token": "p"})", Code::kUnsupported, "decoder"},
    {"T6", "unknown post processor", "post_processor", R"({"type": "Surprise"})", Code::kUnsupported, "post_processor"},
    {"T6", "unknown behavior", "pre_tokenizer",
     R"({"type": "Split", "behavior": "Swallowed", "invert": false, "pattern": {"String": "a"}})",
     Code::kUnsupported, "behavior"},
    {"T6", "stage without type", "normalizer", R"({"prepend": "x"})", Code::kBadJson, "normalizer"},
    {"T6", "dropout", "model",
     R"({"type": "BPE", "dropout": 0.1, "merges": [], "vocab": {"a": 0, "b": 1, "ab": 2}})",
     Code::kUnsupported, "dropout"},

    {"T7", "precompiled map", "normalizer",
     R"({"type": "Precompiled", "precompiled_charsmap": "!not base64!"})", Code::kUnsupported, "normalizer"},

    {"T8", "score is null", "model",
     R"({"type": "Unigram", "unk_id": 0, "vocab": [["a", 0], ["b", null], ["ab", -1]]})",
     Code::kCorrupt, "vocab"},
    {"T8", "score is a string", "model",
     R"({"type": "Unigram", "unk_id": 0, "vocab": [["a", 0], ["b", "NaN"], ["ab", -1]]})",
     Code::kCorrupt, "vocab"},
    {"T1", "no version and not an object", "version", "1.0", Code::kBadJson, "version"},
    {"T3", "list of one", "model",
     R"({"type": "BPE", "merges": [["ab"]], "vocab": {"a": 0, "b": 1, "ab": 2}})", Code::kBadJson, "merges"},
    {"T4", "bos token is a number", nullptr, R"({"bos_token": 7})", Code::kBadJson, "bos_token"},
    {"T6", "pattern with too many repetitions of nothing", "pre_tokenizer",
     R"({"type": "Split", "behavior": "Isolated", "invert": false, "pattern": {"Regex": "(((a{0,999}){0,999}){0,999}){0,999}"}})",
     Code::kLimit, "pattern"},
    {"T6", "pattern that does not end", "pre_tokenizer",
     R"({"type": "Split", "behavior": "Isolated", "invert": false, "pattern": {"Regex": "(ab"}})", Code::kUnsupported, "pattern"},
    {"T7", "empty precompiled map", "normalizer",
     R"({"type": "Precompiled", "precompiled_charsmap": ""})", Code::kUnsupported, "normalizer"},

};

std::string file(std::string_view spoilt, const char* value) {
  constexpr std::pair<std::string_view, std::string_view> kMembers[] = {
      {"version", R"("1.0")"}, {"added_tokens", "[]"}, {"normalizer", "null"}, {"pre_tokenizer", "null"},
      {"post_processor", "null"}, {"decoder", "null"},
      {"model", R"({"type": "BPE", "merges": ["a b"], "vocab": {"a": 0, "b": 1, "ab": 2}})"}};
  std::string text;
  for (const auto& [name, good] : kMembers) {
    if (name == spoilt && value == nullptr) continue;
    text += cat(text.empty() ? "{" : ",\n ", "\"", name, "\": ", name == spoilt ? std::string_view(value) : good);
  }
  return text + "}";
}

}  // namespace

std::vector<Case> tokenizer_cases() {
  Table t(Format::kTokenizer, "");
  const auto one = [&](const char* id, const char* what, std::string text, Expected expected) {
    t.folder(id, what, {{"tokenizer.json", std::move(text)}}, std::move(expected));
  };
  for (const Spoilt& s : kSpoilt) {
    if (s.member != nullptr) one(s.id, s.what, file(s.member, s.value), {s.code, s.field});
    else
      t.folder(s.id, s.what, {{"tokenizer.json", file("", nullptr)}, {"tokenizer_config.json", s.value}}, {s.code, s.field});
  }
  one("T1", "empty file", "", {Code::kBadJson, "", 0});
  one("T1", "a list", "[]", {Code::kBadJson, "version"});
  one("T1", "cut off", file("", nullptr).substr(0, 20), {Code::kBadJson, "", 20});
  one("T8", "score NaN as a bare word", file("model", R"({"type": "Unigram", "unk_id": 0, "vocab": [["a", NaN]]})"),
      {Code::kBadJson, "", 187});
  one("T8", "score beyond a double", file("model", R"({"type": "Unigram", "unk_id": 0, "vocab": [["a", -1e999]]})"),
      {Code::kBadJson, "", 194});
  t.folder("T1", "no tokenizer.json", {{"tokenizer_config.json", "{}"}}, {Code::kNotFound, ""});
  t.folder("T1", "chat template not UTF-8", {{"tokenizer.json", file("", nullptr)}, {"chat_template.jinja", "\xff"}},
           {Code::kBadText, "", 0});
  one("T1", "a tiny tokenizer", file("", nullptr), {});
  return t.take();
}

}  // namespace lab::malformed
