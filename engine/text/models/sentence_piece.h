// SentencePiece's BPE: pieces merge by score, as a GGUF file of kind "llama" stores them.
#pragma once

#include <memory>
#include <vector>

#include "text/models/token_model.h"

namespace lab {

/// Starts from characters and always merges the neighbours whose joint piece has the highest
/// score, then the leftmost; characters that are no piece become their <0xNN> bytes.
class SentencePiece : public TokenModel {
 public:
  /// `scores` has one finite number a piece.
  SentencePiece(std::shared_ptr<const Vocabulary> vocabulary, std::vector<float> scores,
                std::optional<std::int32_t> unknown);
  Status encode(std::string_view piece, std::vector<std::int32_t>& out) const override;
  std::optional<std::int32_t> unknown_id() const override { return unknown_; }

 private:
  std::shared_ptr<const Vocabulary> vocabulary_;
  std::vector<float> scores_;
  std::optional<std::int32_t> unknown_;
  std::array<std::int32_t, 256> byte_ids_;
};

}  // namespace lab
