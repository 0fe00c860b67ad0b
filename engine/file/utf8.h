// Checks and repairs UTF-8 text that comes from files.
#pragma once

#include <cstddef>
#include <string_view>

namespace lab {

/// The length (1..4) of the well-formed UTF-8 sequence that starts at text[at], or 0 if there is
/// none: overlong forms, surrogates and values above U+10FFFF are ill-formed (RFC 3629).
std::size_t utf8_length_at(std::string_view text, std::size_t at);

/// The offset of the first byte that is not well-formed UTF-8, or npos.
std::size_t find_invalid_utf8(std::string_view text);

inline bool is_utf8(std::string_view text) {
  return find_invalid_utf8(text) == std::string_view::npos;
}

}  // namespace lab
