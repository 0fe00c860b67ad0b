#include "text/load/gguf_tables.h"

#include <cmath>

#include "base/cat.h"
#include "file/utf8.h"
#include "text/models/token_model.h"

namespace lab {

namespace {

std::unexpected<Error> corrupt(std::string message, std::string_view key) {
  return fail(Error{Code::kCorrupt, std::move(message)}.of(key));
}

}  // namespace

Result<GgufTokens> gguf_tokens(const Gguf& file) {
  constexpr std::string_view kPieces = "tokenizer.ggml.tokens", kTypes = "tokenizer.ggml.token_type";
  GgufTokens result;
  LAB_TRY(auto pieces, file.strings(kPieces));
  if (!pieces)
    return fail(Error{Code::kNotFound, "the file has no vocabulary"}.of(kPieces));
  result.pieces = *std::move(pieces);
  const std::size_t count = result.pieces.size();
  LAB_TRY(auto types, file.integers(kTypes));
  if (types && types->size() != count)
    return corrupt(cat("there are ", types->size(), " token types for ", count, " pieces"), kTypes);
  for (std::size_t i = 0; i < count; ++i) {
    if (!is_utf8(result.pieces[i])) return corrupt(cat("piece ", i, " is not UTF-8"), kPieces);
    std::int64_t type = types ? (*types)[i] : static_cast<std::int64_t>(TokenType::kNormal);
    if (type < static_cast<std::int64_t>(TokenType::kUndefined) ||
        type > static_cast<std::int64_t>(TokenType::kByte))
      return corrupt(cat("piece ", i, " has the unknown type ", type), kTypes);
    result.types.push_back(static_cast<TokenType>(type));
    if (result.types[i] == TokenType::kByte && !byte_of_piece(result.pieces[i]))
      return corrupt(cat("piece ", i, " (\"", result.pieces[i], "\") names no byte"), kPieces);
  }
  return result;
}

Result<std::optional<std::vector<float>>> gguf_scores(const Gguf& file, std::size_t count) {
  constexpr std::string_view kScores = "tokenizer.ggml.scores";
  LAB_TRY(auto scores, file.numbers(kScores));
  if (!scores) return std::nullopt;
  if (scores->size() != count)
    return corrupt(cat("there are ", scores->size(), " scores for ", count, " pieces"), kScores);
  std::vector<float> result;
  for (double score : *scores) {
    if (!std::isfinite(score))
      return corrupt(cat("the score of piece ", result.size(), " is not a finite number"), kScores);
    result.push_back(static_cast<float>(score));
  }
  return result;
}

Result<std::vector<std::pair<std::string_view, std::string_view>>> gguf_merges(const Gguf& file) {
  constexpr std::string_view kMerges = "tokenizer.ggml.merges";
  LAB_TRY(auto lines, file.strings(kMerges));
  if (!lines)
    return fail(Error{Code::kNotFound, "the file has no merges, which its tokenizer needs"}.of(kMerges));
  std::vector<std::pair<std::string_view, std::string_view>> merges;
  merges.reserve(lines->size());
  for (std::string_view line : *lines) {
    // A piece may itself start with a blank, so the one that separates is not the first character.
    std::size_t blank = line.find(' ', 1);
    if (blank == std::string_view::npos || blank + 1 == line.size() ||
        line.find(' ', blank + 1) != std::string_view::npos)
      return corrupt(cat("merge ", merges.size(), " is not two pieces with a blank between them"),
                     kMerges);
    merges.emplace_back(line.substr(0, blank), line.substr(blank + 1));
  }
  return merges;
}

Result<std::optional<std::int32_t>> gguf_token_id(const Gguf& file, std::string_view key,
                                                  std::size_t count) {
  LAB_TRY(auto id, file.integer(key));
  if (!id) return std::nullopt;
  if (*id < 0 || static_cast<std::uint64_t>(*id) >= count)
    return corrupt(cat("the id ", *id, " is not in the vocabulary of ", count, " pieces"), key);
  return static_cast<std::int32_t>(*id);
}

}  // namespace lab
