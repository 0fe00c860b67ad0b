#include <algorithm>

#include "text/tokenizer_parts.h"

namespace lab {

void find_end_of_generation(TokenizerParts& parts) {
  static constexpr std::string_view kNames[] = {
      "<|im_end|>",  "<|eot_id|>",        "<|eom_id|>",        "<|end|>",
      "<|return|>",  "<|call|>",          "<|endoftext|>",     "<|end_of_text|>",
      "<|eos|>",     "<end_of_turn>",     "<end_of_utterance>", "<turn|>",
      "</s>",        "<eos>",             "<EOT>",             "[EOT]",
      "[EOS]",       "<｜end▁of▁sentence｜>", "<|endofturn|>",
  };
  const Vocabulary& vocabulary = *parts.vocabulary;
  auto special = [&](std::string_view name) {
    auto id = vocabulary.find(name);
    return id && vocabulary.is_special(*id) ? id : std::nullopt;
  };
  std::vector<std::int32_t>& ids = parts.end_of_generation;
  if (parts.eos) ids.push_back(*parts.eos);
  for (std::string_view name : kNames)
    if (auto id = special(name)) ids.push_back(*id);
  // Where "<|return|>" and "<|call|>" end a turn, "<|end|>" only ends one message of it.
  auto end = special("<|end|>");
  if (end && parts.eos != end && special("<|return|>") && special("<|call|>"))
    std::erase(ids, *end);
  std::ranges::sort(ids);
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
}

}  // namespace lab
