// Puts a tokenizer's parts together from tokenizer.json and tokenizer_config.json.
#pragma once

#include "base/result.h"
#include "file/json.h"
#include "text/tokenizer_parts.h"

namespace lab {

/// `config` may be null. Errors as Tokenizer::from_json, without the file's name.
Result<TokenizerParts> parts_from_json(const Json& tokenizer, const Json* config);

}  // namespace lab
