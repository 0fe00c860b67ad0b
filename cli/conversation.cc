#include "conversation.h"

#include "data/chat_text.h"

namespace lab::cli {

Result<std::vector<std::int32_t>> encode_rendered(const std::shared_ptr<const Tokenizer>& tokenizer, const Rendered& rendered) {
  ChatText chat{rendered.text, {}, {}};
  for (const TextRun& run : rendered.runs)
    if (run.from_user) chat.quoted.push_back({run.begin, run.end});
  LAB_TRY(Document document, encode_chat(tokenizer, chat));
  return std::move(document.ids);
}

}  // namespace lab::cli
