// The special tokens that a chat template may name, from the tokenizer that goes with it.
#pragma once

#include "text/chat_template.h"
#include "text/tokenizer.h"

namespace lab {

/// bos_token, eos_token, unk_token and pad_token as the tokenizer spells them; the rest is default.
ChatOptions chat_options(const Tokenizer& tokenizer);

}  // namespace lab
