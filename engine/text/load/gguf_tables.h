// The token tables of a GGUF file: pieces, types, scores, merges and special ids, checked.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "file/gguf.h"
#include "text/vocabulary.h"

namespace lab {

/// tokenizer.ggml.token_type, as the format document numbers it.
enum class TokenType : std::uint8_t {
  kUndefined = 0, kNormal = 1, kUnknown = 2, kControl = 3, kUserDefined = 4, kUnused = 5,
  kByte = 6,
};

/// The vocabulary's pieces with their types: kNormal for all if the file does not say.
struct GgufTokens {
  std::vector<std::string_view> pieces;
  std::vector<TokenType> types;
};

/// kNotFound without tokenizer.ggml.tokens; kCorrupt for a table of another length, an unknown
/// type, a piece that is not UTF-8 or a byte piece that names no byte.
Result<GgufTokens> gguf_tokens(const Gguf& file);

/// tokenizer.ggml.scores: one finite number a piece; nullopt if absent.
Result<std::optional<std::vector<float>>> gguf_scores(const Gguf& file, std::size_t count);

/// tokenizer.ggml.merges: two pieces with a blank between them.
Result<std::vector<std::pair<std::string_view, std::string_view>>> gguf_merges(const Gguf& file);

/// A special id such as tokenizer.ggml.eos_token_id; kCorrupt if the vocabulary has no such id.
Result<std::optional<std::int32_t>> gguf_token_id(const Gguf& file, std::string_view key,
                                                  std::size_t count);

}  // namespace lab
