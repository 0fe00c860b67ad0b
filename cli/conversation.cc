#include "conversation.h"

#include "data/chat_text.h"

namespace lab::cli {

ChatOptions chat_options(const Tokenizer& tokenizer) {
  const auto text = [&](std::optional<std::int32_t> id) { return id ? std::string(tokenizer.token_text(*id)) : std::string(); };
  ChatOptions options;
  options.bos_token = text(tokenizer.bos_id());
  options.eos_token = text(tokenizer.eos_id());
  options.unk_token = text(tokenizer.unk_id());
  options.pad_token = text(tokenizer.pad_id());
  return options;
}

Result<std::vector<std::int32_t>> encode_rendered(const std::shared_ptr<const Tokenizer>& tokenizer, const Rendered& rendered) {
  ChatText chat{rendered.text, {}, {}};
  for (const TextRun& run : rendered.runs)
    if (run.from_user) chat.quoted.push_back({run.begin, run.end});
  LAB_TRY(Document document, encode_chat(tokenizer, chat));
  return std::move(document.ids);
}

}  // namespace lab::cli
