// tokenizer_files(): a GGUF file's tokenizer as the files of a Hugging Face folder.
#pragma once

#include "base/result.h"
#include "file/gguf.h"
#include "file/json.h"

namespace lab {

/// Two files' contents.
struct TokenizerFiles {
  Json tokenizer;  ///< tokenizer.json
  Json config;     ///< tokenizer_config.json: special tokens by role, and the chat template
};

/// What Tokenizer::from_gguf() would read, spelled out; Tokenizer::from_json() reads the same tokenizer from it, and so does the
/// Python package `tokenizers`. Errors as from_gguf().
Result<TokenizerFiles> tokenizer_files(const Gguf& file);

}  // namespace lab
