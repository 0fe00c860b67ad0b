#include <cmath>

#include "text/load/json_fields.h"
#include "text/load/model_json.h"
#include "text/models/bpe.h"
#include "text/models/unigram.h"
#include "text/models/word_piece.h"

namespace lab {

namespace {

using Merges = std::vector<std::pair<std::string_view, std::string_view>>;

Result<Merges> merges_of(const Json& model) {
  LAB_TRY(auto list, need_array(model, "merges"));
  Merges merges;
  merges.reserve(list->size());
  for (const Json& item : *list) {
    if (item.is_array() && item.array().size() == 2 && item.array()[0].is_string() &&
        item.array()[1].is_string()) {
      merges.emplace_back(item.array()[0].string(), item.array()[1].string());
      continue;
    }
    if (!item.is_string()) return wrong_shape("merges", "a list of pairs of pieces");
    std::string_view text = item.string();
    if (text.starts_with("#version")) continue;
    std::size_t blank = text.find(' ');
    if (blank == std::string_view::npos || text.find(' ', blank + 1) != std::string_view::npos)
      return fail(Error{Code::kCorrupt, cat("merge ", merges.size(), " (\"", text,
                                            "\") is not two pieces with one blank between them")}
                      .of("merges"));
    merges.emplace_back(text.substr(0, blank), text.substr(blank + 1));
  }
  return merges;
}

Result<std::int32_t> unknown_piece(const Vocabulary& vocabulary, std::string_view piece) {
  auto id = vocabulary.find(piece);
  if (!id)
    return fail(Error{Code::kCorrupt,
                      cat("the unknown token \"", piece, "\" is not in the vocabulary")}
                    .of("unk_token"));
  return *id;
}

Result<std::unique_ptr<const TokenModel>> bpe_from(const Json& model,
                                                   std::shared_ptr<const Vocabulary> vocabulary) {
  LAB_TRY(auto merges, merges_of(model));
  Bpe::Options options;
  LAB_TRY(auto unknown, optional_string(model, "unk_token"));
  if (unknown) {
    LAB_TRY(options.unknown, unknown_piece(*vocabulary, *unknown));
  }
  LAB_TRY(options.fuse_unknown, boolean_or(model, "fuse_unk", false));
  LAB_TRY(options.byte_fallback, boolean_or(model, "byte_fallback", false));
  LAB_TRY(options.ignore_merges, boolean_or(model, "ignore_merges", false));
  LAB_TRY(auto prefix, optional_string(model, "continuing_subword_prefix"));
  LAB_TRY(auto suffix, optional_string(model, "end_of_word_suffix"));
  options.continuing_prefix = prefix.value_or("");
  options.end_suffix = suffix.value_or("");
  const Json* dropout = present(model, "dropout");
  if (dropout && (!dropout->is_number() || dropout->number() != 0))
    return fail(Error{Code::kUnsupported,
                      "the model drops merges at random (\"dropout\"); LoRA Lab does not"}
                    .of("dropout"));
  LAB_TRY(auto bpe, Bpe::make(std::move(vocabulary), merges, std::move(options)));
  return bpe;
}

Result<std::unique_ptr<const TokenModel>> unigram_from(
    const Json& model, std::shared_ptr<const Vocabulary> vocabulary) {
  std::vector<double> scores;
  for (const Json& item : model.find("vocab")->array()) {
    const Json& score = item.array()[1];
    if (!score.is_number() || !std::isfinite(score.number()))
      return fail(Error{Code::kCorrupt, cat("the score of the piece \"", item.array()[0].string(),
                                            "\" is not a finite number")}
                      .of("vocab"));
    scores.push_back(score.number());
  }
  if (scores.empty()) return fail(Error{Code::kEmpty, "the model has no pieces"}.of("vocab"));
  std::optional<std::int32_t> unknown;
  if (present(model, "unk_id")) {
    LAB_TRY(std::int64_t id, need_integer(model, "unk_id"));
    if (id < 0 || static_cast<std::uint64_t>(id) >= scores.size())
      return fail(Error{Code::kCorrupt, cat("unk_id is ", id, ", but the model has ", scores.size(),
                                            " pieces")}
                      .of("unk_id"));
    unknown = static_cast<std::int32_t>(id);
  }
  LAB_TRY(bool byte_fallback, boolean_or(model, "byte_fallback", false));
  return std::make_unique<Unigram>(std::move(vocabulary), std::move(scores), unknown,
                                   byte_fallback);
}

Result<std::unique_ptr<const TokenModel>> word_piece_from(
    const Json& model, std::shared_ptr<const Vocabulary> vocabulary) {
  LAB_TRY(auto unknown, need_string(model, "unk_token"));
  LAB_TRY(std::int32_t unknown_id, unknown_piece(*vocabulary, unknown));
  LAB_TRY(auto prefix, need_string(model, "continuing_subword_prefix"));
  LAB_TRY(std::int64_t longest, need_integer(model, "max_input_chars_per_word"));
  if (longest < 0) return wrong_shape("max_input_chars_per_word", "a count");
  return std::make_unique<WordPiece>(std::move(vocabulary), unknown_id, prefix,
                                     static_cast<std::size_t>(longest));
}

}  // namespace

Result<std::unique_ptr<const TokenModel>> model_from_json(
    const Json& model, std::string_view type, std::shared_ptr<const Vocabulary> vocabulary) {
  if (type == "BPE") return bpe_from(model, std::move(vocabulary));
  if (type == "Unigram") return unigram_from(model, std::move(vocabulary));
  return word_piece_from(model, std::move(vocabulary));
}

}  // namespace lab
