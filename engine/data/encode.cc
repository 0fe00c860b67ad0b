#include "data/encode.h"

#include <algorithm>
#include <utility>

#include "base/cat.h"
#include "data/chat_text.h"
#include "file/json.h"
#include "text/chat_options.h"

namespace lab {
namespace {

using Ids = std::vector<std::int32_t>;

/// The tokens of `prompt` and then of `completion`: as many of `ids` as `border` belong to the
/// prompt.
struct Joined {
  Ids ids;
  std::size_t border;
};

/// Encodes the two apart, because a model is given the prompt alone when it is used, unless that
/// would change the text (a tokenizer may put a blank before every text that it encodes). Then the
/// whole text counts, and a token that belongs to both is learnt.
Result<Joined> join(const Tokenizer& tokenizer, std::string_view prompt,
                    std::string_view completion) {
  LAB_TRY(Ids apart, tokenizer.encode(prompt));
  LAB_TRY(const Ids rest, tokenizer.encode(completion));
  LAB_TRY(Ids whole, tokenizer.encode(cat(prompt, completion)));
  const std::size_t border = apart.size();
  const Ids alone = apart;
  apart.insert(apart.end(), rest.begin(), rest.end());
  if (apart == whole || tokenizer.decode(apart) == tokenizer.decode(whole))
    return Joined{std::move(apart), border};
  const auto common = std::ranges::mismatch(whole, alone).in1 - whole.begin();
  return Joined{std::move(whole), static_cast<std::size_t>(common)};
}

constexpr std::string_view kChatMl =
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] "
    "+ "
    "'<|im_end|>\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";

Json json_of(const std::vector<Message>& messages) {
  Json::Array list;
  for (const Message& message : messages)
    list.push_back(Json::Object{{"role", message.role}, {"content", message.content}});
  return list;
}

}  // namespace

Result<std::optional<ChatTemplate>> chat_template_of(const Tokenizer& tokenizer) {
  const bool has_chatml = tokenizer.id_of("<|im_start|>") && tokenizer.id_of("<|im_end|>");
  if (!tokenizer.chat_template() && !has_chatml) return std::nullopt;
  LAB_TRY(auto parsed, tokenizer.chat_template() ? ChatTemplate::parse(*tokenizer.chat_template(),
                                                                       "the model's chat template")
                                                 : ChatTemplate::parse(kChatMl, "ChatML"));
  return std::optional<ChatTemplate>(std::move(parsed));
}

/// The document with the tokenizer's BOS before it and EOS behind it.
std::vector<Document> SampleEncoder::closed(Document document) const {
  const auto prefix = tokenizer_->prefix_ids();
  document.ids.insert(document.ids.begin(), prefix.begin(), prefix.end());
  document.loss.insert(document.loss.begin(), prefix.size(), 0);
  if (const auto eos = tokenizer_->eos_id()) {
    document.ids.push_back(*eos);
    document.loss.push_back(1);
  }
  std::vector<Document> list;
  list.push_back(std::move(document));
  return list;
}

SampleEncoder::Encoded SampleEncoder::text(std::string_view text) const {
  Document document;
  LAB_TRY(document.ids, tokenizer_->encode(text));
  document.loss.assign(document.ids.size(), 1);
  return closed(std::move(document));
}

SampleEncoder::Encoded SampleEncoder::completion(std::string_view prompt,
                                                 std::string_view completion) const {
  LAB_TRY(Joined joined, join(*tokenizer_, prompt, completion));
  Document document;
  document.ids = std::move(joined.ids);
  document.loss.assign(document.ids.size(), 1);
  std::fill_n(document.loss.begin(), joined.border, loss_ == LossOn::kAll ? 1 : 0);
  return closed(std::move(document));
}

Result<Document> SampleEncoder::rendered(const Rendered& rendered,
                                         std::vector<ByteRange> learnt) const {
  ChatText chat{rendered.text, {}, std::move(learnt)};
  for (const TextRun& run : rendered.runs)
    if (run.from_user) chat.quoted.push_back({run.begin, run.end});
  return encode_chat(tokenizer_, chat);
}

SampleEncoder::Encoded SampleEncoder::chat(const std::vector<Message>& messages) const {
  if (!template_)
    return fail(Error{Code::kUnsupported,
                      "the model has no chat template, so it cannot learn conversations"}
                    .fix("Write prompt and completion, or take an instruction-tuned model."));
  const Json list = json_of(messages);
  const ChatOptions options = chat_options(*tokenizer_);
  LAB_TRY(const Rendered whole, template_->render(list, options));
  std::vector<ByteRange> learnt;
  if (loss_ == LossOn::kAnswers) {
    auto spans = template_->assistant_spans(list, options);
    if (!spans && spans.error().code == Code::kBadTemplate) return answer_by_answer(list.array());
    LAB_TRY(learnt, std::move(spans));
  }
  std::vector<Document> documents(1);
  LAB_TRY(documents[0], rendered(whole, std::move(learnt)));
  if (loss_ == LossOn::kAll) documents[0].loss.assign(documents[0].ids.size(), 1);
  return documents;
}

SampleEncoder::Encoded SampleEncoder::answer_by_answer(const Json::Array& messages) const {
  const ChatOptions options = chat_options(*tokenizer_);
  ChatOptions asked = options;
  asked.add_generation_prompt = true;
  std::vector<Document> documents;
  Json::Array so_far;
  for (const Json& message : messages) {
    const Json question = so_far;
    so_far.push_back(message);
    if (message.find("role")->string() != "assistant") continue;
    LAB_TRY(const Rendered before, template_->render(question, asked));
    LAB_TRY(const Rendered whole, template_->render(so_far, options));
    if (!whole.text.starts_with(before.text))
      return fail(Error{Code::kBadTemplate,
                        "the chat template does not show where the assistant's turn begins"}
                      .fix("Take another template, or learn all tokens."));
    LAB_TRY(Document document, rendered(whole, {{before.text.size(), whole.text.size()}}));
    documents.push_back(std::move(document));
  }
  return documents;
}

SampleEncoder::Encoded SampleEncoder::encode(const Sample& sample) const {
  using Kind = Sample::Kind;
  auto documents = sample.kind == Kind::kText         ? text(sample.text)
                   : sample.kind == Kind::kCompletion ? completion(sample.prompt, sample.completion)
                                                      : chat(sample.messages);
  if (!documents) {
    Error error = std::move(documents).error();
    if (!error.file.empty()) {  // the template's place is there already
      error.message += cat("; it was given the sample on line ", sample.line, " of the corpus");
      return fail(std::move(error));
    }
    error.offset = -1;  // counts from the sample's text, not in the file
    return fail(std::move(error).on_line(sample.line));
  }
  for (Document& document : *documents) document.line = sample.line;
  return documents;
}

}  // namespace lab
