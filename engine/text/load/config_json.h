// Reads tokenizer_config.json: the special tokens by role, and the chat template.
#pragma once

#include "base/result.h"
#include "file/json.h"
#include "text/tokenizer_parts.h"

namespace lab {

/// Sets bos, eos, pad, unknown (if the model has none) and chat_template of `parts`. kCorrupt if a
/// token is named that the vocabulary lacks.
Status apply_config_json(const Json& config, TokenizerParts& parts);

}  // namespace lab
