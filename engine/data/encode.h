// SampleEncoder: turns samples into token ids and marks those that the model is to learn.
#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "data/documents.h"
#include "data/sample.h"
#include "text/chat_template.h"
#include "text/tokenizer.h"

namespace lab {

/// Which tokens of a sample carry a loss. Texts carry it everywhere.
enum class LossOn : std::uint8_t {
  kAnswers,  ///< the completion; the assistant's turns
  kAll,      ///< prompts and the other turns too
};

/// The model's own chat template, or else ChatML's if the vocabulary has its tokens, or else none.
/// kBadTemplate if the model's does not parse.
Result<std::optional<ChatTemplate>> chat_template_of(const Tokenizer& tokenizer);

class SampleEncoder {
 public:
  /// Without a template conversations are refused; see chat_template_of().
  SampleEncoder(std::shared_ptr<const Tokenizer> tokenizer,
                std::optional<ChatTemplate> chat_template, LossOn loss)
      : tokenizer_(std::move(tokenizer)), template_(std::move(chat_template)), loss_(loss) {}

  /// Texts and completions get what the tokenizer puts before a text (BOS) and end with EOS, where
  /// the model has them; the text of a control token in them is just text. Conversations are what
  /// the template makes of them, see encode_chat(), and get nothing more. A sample is one document;
  /// but where the template shows earlier turns otherwise than the last (as Qwen3's, which takes
  /// their thoughts away), a conversation is a document for each answer, which ends with it.
  /// kUnsupported for a conversation without a template; errors of the tokenizer and the template.
  /// All name the sample's line.
  Result<std::vector<Document>> encode(const Sample& sample) const;

 private:
  using Encoded = Result<std::vector<Document>>;
  Encoded text(std::string_view text) const;
  Encoded completion(std::string_view prompt, std::string_view completion) const;
  Encoded chat(const std::vector<Message>& messages) const;
  Encoded answer_by_answer(const Json::Array& messages) const;
  Result<Document> rendered(const Rendered& rendered, std::vector<ByteRange> learnt) const;
  std::vector<Document> closed(Document document) const;

  std::shared_ptr<const Tokenizer> tokenizer_;
  std::optional<ChatTemplate> template_;
  LossOn loss_;
};

}  // namespace lab
