#include "data/dataset.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

#include "base/cat.h"
#include "base/sha256.h"
#include "data/tokenizers_for_test.h"

namespace lab {
namespace {

class DatasetTest : public testing::Test {
 protected:
  std::shared_ptr<const Tokenizer> tokenizer_ =
      test_tokenizer("byte_bpe", {"<|im_start|>", "<|im_end|>"});
  std::optional<ChatTemplate> template_ = chat_template_of(*tokenizer_).value();
  DatasetOptions options_{.context = 64};

  Result<Dataset> build(std::string contents, std::string name = "corpus.jsonl") {
    return build_dataset(bytes_source(std::move(contents), std::move(name)), tokenizer_, template_,
                         options_);
  }
  Error error_of(std::string contents, std::string name = "corpus.jsonl") {
    auto built = build(std::move(contents), std::move(name));
    return built ? Error{Code::kInterrupted, "accepted"} : std::move(built).error();
  }
  /// Samples with a number each, some too long for the context.
  static std::string numbered(int count) {
    std::string lines;
    for (int i = 0; i < count; ++i) {
      std::string answer;
      for (int word = 0; word < 1 + (i * 7) % 40; ++word) answer += cat(" the door ", i);
      lines += cat(R"({"prompt": "sample )", i, R"(:", "completion": ")", answer, "\"}\n");
    }
    return lines;
  }
  static std::string prose(int lines) {
    std::string text;
    for (int i = 1; i <= lines; ++i) text += cat("line ", i, " of the old house\n");
    return text;
  }
};

std::set<std::int64_t> lines_of(const Rows& rows) {
  std::set<std::int64_t> lines;
  for (const Piece& piece : rows.pieces) lines.insert(piece.line);
  return lines;
}

TEST_F(DatasetTest, GoesFromFileToBatches) {
  const std::string corpus = R"({"text": "the door"}
{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}
)";
  const Dataset dataset = build(corpus).value();
  EXPECT_EQ(dataset.stats.samples, 2);
  EXPECT_EQ(dataset.corpus_sha256, sha256_hex(std::as_bytes(std::span(corpus))));
  ASSERT_EQ(dataset.train.count(), 1);
  EXPECT_EQ(dataset.validation.count(), 0);
  Batch batch(64);
  dataset.append_row(dataset.train, 0, batch);
  EXPECT_EQ(batch.tokens, dataset.stats.tokens);
  EXPECT_EQ(batch.tokens, dataset.stats.train_tokens);
  EXPECT_EQ(batch.loss_tokens, dataset.stats.train_loss_tokens);
  const auto text_tokens = static_cast<std::int64_t>(tokenizer_->encode("the door")->size());
  EXPECT_EQ(batch.loss_tokens, text_tokens + 2)
      << "the text but its first token, EOS; b, <|im_end|>";
  EXPECT_EQ(batch.line_of(0), 1);
  EXPECT_EQ(batch.line_of(batch.ids.size() - 1), 2);
  EXPECT_DOUBLE_EQ(dataset.stats.row_use, static_cast<double>(batch.tokens) / 64);
}

TEST_F(DatasetTest, HoldsOutWholeSamples) {
  options_.val_fraction = 0.2;
  options_.long_samples = LongDocument::kSplit;
  const Dataset dataset = build(numbered(50)).value();
  const auto train = lines_of(dataset.train), validation = lines_of(dataset.validation);
  EXPECT_EQ(validation.size(), 10u);
  EXPECT_EQ(train.size(), 40u);
  for (const auto line : validation) EXPECT_FALSE(train.contains(line)) << line;
  EXPECT_EQ(
      dataset.stats.train_tokens + dataset.stats.val_tokens + dataset.stats.cut.dropped_tokens,
      dataset.stats.tokens);
  EXPECT_GT(dataset.stats.cut.split, 0);

  EXPECT_EQ(lines_of(build(numbered(50)).value().validation), validation);
  options_.seed = 2;
  EXPECT_NE(lines_of(build(numbered(50)).value().validation), validation);
}

TEST_F(DatasetTest, KeepsTheAnswersOfAConversationTogether) {
  template_ = ChatTemplate::parse(
                  "{% for m in messages %}<|im_start|>{{ m.role }}: "
                  "{% if loop.last and m.role == 'assistant' %}!{% endif %}"
                  "{{ m.content }}<|im_end|>{% endfor %}"
                  "{% if add_generation_prompt %}<|im_start|>assistant: {% endif %}",
                  "forgetful")
                  .value();
  std::string corpus;
  for (int i = 0; i < 20; ++i)
    corpus +=
        R"({"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"},)"
        R"( {"role": "user", "content": "c"}, {"role": "assistant", "content": "d"}]})"
        "\n";
  options_.val_fraction = 0.25;
  const Dataset dataset = build(corpus).value();
  EXPECT_EQ(dataset.stats.samples, 20);
  EXPECT_EQ(dataset.documents.extents.size(), 40u);
  EXPECT_EQ(lines_of(dataset.validation).size(), 5u);
  EXPECT_EQ(lines_of(dataset.train).size(), 15u);
}

TEST_F(DatasetTest, CutsLongSamplesByPolicy) {
  const auto count = build(numbered(50)).value().stats.cut;
  EXPECT_GT(count.truncated, 0);
  EXPECT_GT(count.dropped_tokens, 0);
  EXPECT_EQ(count.split, 0);
  options_.long_samples = LongDocument::kRefuse;
  const Error error = error_of(numbered(50));
  EXPECT_EQ(error.code, Code::kLimit);
  EXPECT_EQ(error.file, "corpus.jsonl");
  EXPECT_GT(error.line, 0);
}

TEST_F(DatasetTest, GivesEachDocumentItsOwnRowWithoutPacking) {
  options_.pack = false;
  const Dataset dataset = build(numbered(20)).value();
  EXPECT_EQ(dataset.train.count(), 20);
  options_.pack = true;
  EXPECT_LT(build(numbered(20)).value().train.count(), 20);
}

TEST_F(DatasetTest, SplitsATextIntoPiecesThatKnowTheirLines) {
  options_.val_fraction = 0.1;
  for (const char* name : {"a.txt", "a.md"}) {
    const Dataset dataset = build(prose(400), name).value();
    EXPECT_EQ(dataset.stats.samples, 1);
    EXPECT_GT(dataset.validation.count(), 2);
    EXPECT_GT(dataset.train.count(), 10 * dataset.validation.count() / 2);
    EXPECT_EQ(dataset.stats.train_tokens + dataset.stats.val_tokens, dataset.stats.tokens);
    EXPECT_GT(dataset.stats.row_use, 0.98);
    int checked = 0;
    for (const Rows* rows : {&dataset.train, &dataset.validation})
      for (const Piece& piece : rows->pieces) {
        const std::string text = tokenizer_->decode(ids_of(dataset.documents, piece));
        const auto at = text.find("line ");
        if (at == std::string::npos || text.find('\n', at) == std::string::npos) continue;
        const auto ends =
            std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n');
        EXPECT_EQ(std::stoll(text.substr(at + 5)), piece.line + ends) << text;
        ++checked;
      }
    EXPECT_GT(checked, 20);
  }
}

TEST_F(DatasetTest, NeverTruncatesAText) {
  for (const auto policy : {LongDocument::kTruncate, LongDocument::kRefuse}) {
    options_.long_samples = policy;
    EXPECT_EQ(build(prose(50), "a.txt").value().stats.cut.truncated, 0);
  }
}

TEST_F(DatasetTest, SplitsASingleSampleByItsPieces) {
  options_.val_fraction = 0.1;
  options_.long_samples = LongDocument::kSplit;
  std::string text;
  for (int i = 0; i < 300; ++i) text += "the old door ";
  const Dataset dataset = build(R"({"text": ")" + text + "\"}").value();
  EXPECT_GT(dataset.validation.count(), 0);
  EXPECT_GT(dataset.train.count(), dataset.validation.count());
}

TEST_F(DatasetTest, RefusesACorpusWithNothingToLearn) {
  const std::string questions = R"({"messages": [{"role": "user", "content": "a"}]})"
                                "\n";
  const struct {
    std::string name, contents;
  } cases[] = {
      {"empty file", ""},
      {"blank lines", "\n \n"},
      {"no answers", questions + questions},
      {"a prompt longer than the context",
       "{\"prompt\": \"" + std::string(500, '#') + "\", \"completion\": \"a\"}"},
  };
  for (const auto& [name, contents] : cases) {
    const Error error = error_of(contents);
    EXPECT_EQ(error.code, Code::kEmpty) << name;
    EXPECT_EQ(error.file, "corpus.jsonl") << name;
    EXPECT_FALSE(error.remedy.empty()) << name;
  }
  options_.loss = LossOn::kAll;
  EXPECT_TRUE(build(questions));
}

TEST_F(DatasetTest, NamesTheFileInEveryError) {
  for (const std::string bad : {"x", R"({"text": 1})"}) {
    const Error error = error_of("{\"text\": \"a\"}\n" + bad);
    EXPECT_EQ(error.file, "corpus.jsonl");
    EXPECT_EQ(error.line, 2);
  }
  template_.reset();
  const Error error = error_of(R"({"messages": [{"role": "user", "content": "a"}]})");
  EXPECT_EQ(error.code, Code::kUnsupported);
  EXPECT_EQ(error.file, "corpus.jsonl");
  EXPECT_EQ(error.line, 1);
}

TEST_F(DatasetTest, RefusesOptionsOutOfRange) {
  for (const double fraction : {-0.1, 1.0, std::numeric_limits<double>::quiet_NaN()}) {
    options_.val_fraction = fraction;
    EXPECT_EQ(error_of(numbered(3)).code, Code::kBadArgument) << fraction;
  }
  options_ = {.context = 1};
  EXPECT_EQ(error_of(numbered(3)).code, Code::kBadArgument);
}

}  // namespace
}  // namespace lab
