// Puts a tokenizer's parts together from tokenizer.json and tokenizer_config.json.
#pragma once

#include "base/result.h"
#include "file/json.h"
#include "text/tokenizer_parts.h"

namespace lab {

/// What helps where an error has no remedy of its own.
inline constexpr std::string_view kTakeTheOriginal = "Take the tokenizer that the model was published with.";

/// `config` may be null. Errors as Tokenizer::from_json; only those of `config` name their file.
Result<TokenizerParts> parts_from_json(const Json& tokenizer, const Json* config,
                                       std::string_view config_name);

}  // namespace lab
