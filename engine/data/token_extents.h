// token_extents(): which bytes of a text each of its tokens stands for.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "text/chat_template.h"
#include "text/tokenizer.h"

namespace lab {

inline bool overlap(const ByteRange& a, const ByteRange& b) {
  return a.begin < b.end && b.begin < a.end;
}

/// One for each of `ids`, found by decoding them. Tokens that share a character have its whole
/// extent in common. Blanks that a token swallowed (as "<|user|>" of Phi-3 does) belong to the
/// token before them, if any; those that decoding adds are nobody's. nullopt if the ids do not
/// decode to `text` even so.
std::optional<std::vector<ByteRange>> token_extents(
    const std::shared_ptr<const Tokenizer>& tokenizer, std::span<const std::int32_t> ids,
    std::string_view text);

}  // namespace lab
