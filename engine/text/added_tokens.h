// Tokens that stand beside the model: cut out of a text before the model sees the rest.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "text/trie.h"

namespace lab {

struct AddedToken {
  std::string content;
  std::int32_t id = 0;
  bool special = false;       ///< found only where special tokens are parsed
  bool single_word = false;   ///< only between characters that are no part of a word
  bool strips_left = false;   ///< takes the white space before it
  bool strips_right = false;  ///< takes the white space after it
};

/// Immutable, shareable between threads.
class AddedTokens {
 public:
  AddedTokens() = default;
  explicit AddedTokens(std::vector<AddedToken> tokens);

  struct Part {
    std::string_view text;
    std::int32_t token = -1;  ///< -1: text between tokens
  };
  /// The parts of `text` in order, none of them empty text. At every place the longest token wins.
  std::vector<Part> split(std::string_view text, bool parse_special) const;
  bool empty() const { return tokens_.empty(); }

 private:
  std::vector<AddedToken> tokens_;
  Trie trie_;  ///< content -> index into tokens_
};

}  // namespace lab
