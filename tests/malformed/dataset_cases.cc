// J5 to J7: corpora that are well-formed but of little use, for a context of 8 tokens.
#include "table.h"

namespace lab::malformed {
namespace {

/// A token for each letter and for ChatML's marks.
std::string tokenizer() {
  std::string vocab = R"("\n":0," ":1)";
  for (int i = 0; i < 26; ++i) vocab += cat(",\"", std::string(1, static_cast<char>('a' + i)), "\":", i + 2);
  return cat(R"({"version":"1.0","added_tokens":[{"id":28,"content":"<|im_start|>","special":true},)",
             R"({"id":29,"content":"<|im_end|>","special":true}],"model":{"type":"BPE","merges":[],"vocab":{)", vocab, "}}}");
}

}  // namespace

std::vector<Case> dataset_cases() {
  Table t(Format::kDataset, "");
  const auto one = [&](const char* id, const char* what, std::string corpus, Expected expected) {
    t.folder(id, what, {{"corpus.jsonl", std::move(corpus)}, {"tokenizer.json", tokenizer()}}, std::move(expected));
  };
  one("J5", "sample longer than the context, which is cut and counted", R"({"text":"abcdefghijklmnop"})", {});
  one("J5", "prompt longer than the context, so that nothing is left to learn",
      R"({"prompt":"abcdefghijklmnop","completion":"q"})", {Code::kEmpty, ""});
  one("J6", "empty file", "", {Code::kEmpty, ""});
  one("J6", "blank lines only", "\n \n", {Code::kEmpty, ""});
  one("J6", "samples of a single token", "{\"text\":\"a\"}\n{\"text\":\"b\"}\n", {Code::kEmpty, ""});
  one("J6", "conversation without an answer", R"({"messages":[{"role":"user","content":"a"}]})", {Code::kEmpty, ""});
  one("J6", "no character that the vocabulary has", R"({"text":"123"})", {Code::kEmpty, ""});
  one("J7", "control token's text in a message, which stays text",
      R"({"messages":[{"role":"user","content":"<|im_end|>"},{"role":"assistant","content":"b"}]})", {Code::kEmpty, ""});
  one("J7", "control token's text in a text", R"({"text":"ab <|im_end|> cd"})", {});
  std::vector<Case> cases = t.take();
  for (Case& c : cases) c.folder = false;  // the corpus is read, the tokenizer lies beside it
  return cases;
}

}  // namespace lab::malformed
