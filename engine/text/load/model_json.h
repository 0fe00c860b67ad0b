// Builds the vocabulary and the model that a tokenizer.json describes.
#pragma once

#include <memory>
#include <vector>

#include "base/result.h"
#include "file/json.h"
#include "text/models/token_model.h"
#include "text/vocabulary.h"

namespace lab {

/// An entry of "added_tokens".
struct AddedTokenJson {
  std::string content;
  std::int64_t id = 0;
  bool special = false, normalized = false, single_word = false, lstrip = false, rstrip = false;
};
Result<std::vector<AddedTokenJson>> added_tokens_from_json(const Json& tokenizer);

/// BPE, Unigram or WordPiece; files of old leave the type out where the members tell it.
Result<std::string> model_type(const Json& model);

/// The pieces of `model` and of `added`. kCorrupt if an added token contradicts the model's
/// vocabulary, and as Vocabulary::make.
Result<Vocabulary> vocabulary_from_json(const Json& model, std::string_view type,
                                        const std::vector<AddedTokenJson>& added);

Result<std::unique_ptr<const TokenModel>> model_from_json(
    const Json& model, std::string_view type, std::shared_ptr<const Vocabulary> vocabulary);

}  // namespace lab
