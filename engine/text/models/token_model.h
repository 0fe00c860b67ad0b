// What every tokenizer model does: cut one pre-tokenized piece of text into vocabulary ids.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "text/vocabulary.h"

namespace lab {

/// Immutable, shareable between threads.
class TokenModel {
 public:
  virtual ~TokenModel() = default;
  /// Appends the ids of `piece`, which is not empty and valid UTF-8.
  virtual Status encode(std::string_view piece, std::vector<std::int32_t>& out) const = 0;
  /// The id for what the vocabulary lacks.
  virtual std::optional<std::int32_t> unknown_id() const = 0;
};

/// The ids of "<0x00>" ... "<0xFF>", -1 where the vocabulary lacks one.
std::array<std::int32_t, 256> byte_piece_ids(const Vocabulary& vocabulary);

/// The byte that a piece such as "<0x0A>" names; nullopt if it has another form.
std::optional<unsigned char> byte_of_piece(std::string_view piece);

}  // namespace lab
