// gguf_tokenizer(): a Hugging Face folder's tokenizer as the metadata of a GGUF file.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>

#include "base/result.h"
#include "file/gguf_writer.h"
#include "text/tokenizer.h"

namespace lab {

/// tokenizer.ggml.* and the chat template; the strings in `metadata` lie in the other two.
struct GgufTokenizer {
  std::shared_ptr<const Tokenizer> tokenizer;
  std::deque<std::string> texts;
  GgufMetadata metadata;
};

/// As Tokenizer::from_gguf() and llama.cpp read it. `vocab`: rows of the embedding; ids beyond the tokenizer's become unused
/// pieces. A folder without a tokenizer gives the metadata that says so. kUnsupported for what GGUF files have no words for:
/// tokenizers other than byte-level BPE, and patterns that none of them names.
Result<GgufTokenizer> gguf_tokenizer(const std::string& folder, std::int64_t vocab);

}  // namespace lab
