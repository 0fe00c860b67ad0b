// The Unigram model: of all ways to cut a text into pieces, the one with the highest sum of scores.
#pragma once

#include <memory>
#include <vector>

#include "text/models/token_model.h"
#include "text/trie.h"

namespace lab {

/// Kudo 2018, by Viterbi's algorithm; ties and unknown characters as in Hugging Face's tokenizers.
class Unigram : public TokenModel {
 public:
  /// `scores` has one finite number (a log-probability) for each of the model's pieces 0, 1, ...
  Unigram(std::shared_ptr<const Vocabulary> vocabulary, std::vector<double> scores,
          std::optional<std::int32_t> unknown, bool byte_fallback);
  /// kBadText for a character that no piece covers in a vocabulary without an unknown piece.
  Status encode(std::string_view piece, std::vector<std::int32_t>& out) const override;
  std::optional<std::int32_t> unknown_id() const override { return unknown_; }

 private:
  void emit_unknown(std::string_view text, std::vector<std::int32_t>& out) const;

  std::shared_ptr<const Vocabulary> vocabulary_;
  std::vector<double> scores_;
  std::optional<std::int32_t> unknown_;
  bool byte_fallback_;
  double unknown_score_;
  std::array<std::int32_t, 256> byte_ids_;
  Trie pieces_;
};

}  // namespace lab
