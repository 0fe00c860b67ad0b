// The parts that a tokenizer is put together from; the loaders fill them in.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "text/added_tokens.h"
#include "text/models/token_model.h"
#include "text/stages/decoder.h"
#include "text/stages/normalizer.h"
#include "text/stages/pre_tokenizer.h"
#include "text/vocabulary.h"

namespace lab {

/// In the order in which a text goes through them.
struct TokenizerParts {
  AddedTokens raw_tokens;         ///< cut out of the text as it is given
  NormalizerPtr normalizer;       ///< null: none
  AddedTokens normalized_tokens;  ///< cut out of the normalized text
  std::vector<PreTokenizerPtr> pre_tokenizers;
  std::unique_ptr<const TokenModel> model;
  std::vector<std::int32_t> prefix, suffix;  ///< what add_special puts around the ids

  std::vector<DecoderPtr> decoders;
  /// Pieces that decoders see in another spelling than the vocabulary's.
  std::unordered_map<std::int32_t, std::string> decoded_as;

  std::shared_ptr<const Vocabulary> vocabulary;
  std::optional<std::int32_t> bos, eos, pad, unknown;
  std::vector<std::int32_t> end_of_generation;  ///< ascending
  std::optional<std::string> chat_template;
};

/// Fills end_of_generation: EOS, what is in there already, and the special tokens by whose names
/// published models end a turn.
void find_end_of_generation(TokenizerParts& parts);

}  // namespace lab
