// WordPiece: the longest piece that a word starts with, then the longest that its rest starts with.
#pragma once

#include <memory>
#include <string>

#include "text/models/token_model.h"
#include "text/trie.h"

namespace lab {

/// As BERT has it: a word that cannot be covered is one unknown id.
class WordPiece : public TokenModel {
 public:
  /// `continuing_prefix` ("##") marks the pieces that may follow another one.
  WordPiece(std::shared_ptr<const Vocabulary> vocabulary, std::int32_t unknown,
            std::string_view continuing_prefix, std::size_t max_characters);
  Status encode(std::string_view piece, std::vector<std::int32_t>& out) const override;
  std::optional<std::int32_t> unknown_id() const override { return unknown_; }

 private:
  std::int32_t unknown_;
  std::size_t max_characters_;
  Trie first_, continuing_;
};

}  // namespace lab
