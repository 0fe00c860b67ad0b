#include "text/chat_options.h"

namespace lab {

ChatOptions chat_options(const Tokenizer& tokenizer) {
  const auto text_of = [&](std::optional<std::int32_t> id) {
    return id ? std::string(tokenizer.token_text(*id)) : std::string();
  };
  return {.bos_token = text_of(tokenizer.bos_id()),
          .eos_token = text_of(tokenizer.eos_id()),
          .unk_token = text_of(tokenizer.unk_id()),
          .pad_token = text_of(tokenizer.pad_id())};
}

}  // namespace lab
