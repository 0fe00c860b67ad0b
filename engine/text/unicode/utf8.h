// UTF-8 (beside file/utf8.h, which validates it): reading and writing code points, and the lossy
// reading of bytes.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace lab::unicode {

/// The length of the well-formed character that `text` starts with, or, negated, the length of
/// the maximal ill-formed part (Unicode 14, section 3.9, "U+FFFD substitution of maximal
/// subparts"). 0 if `text` is empty or ends inside a character that is well-formed so far.
int measure_utf8(std::string_view text);

/// The code point at `at` of a valid text and, in `at`, where the next one starts.
inline char32_t next_code_point(std::string_view text, std::size_t& at) {
  auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[at + i]); };
  char32_t lead = byte(0);
  if (lead < 0x80) return ++at, lead;
  char32_t c;
  if (lead < 0xE0) {
    c = (lead & 0x1F) << 6 | (byte(1) & 0x3Fu);
    at += 2;
  } else if (lead < 0xF0) {
    c = (lead & 0x0F) << 12 | (byte(1) & 0x3Fu) << 6 | (byte(2) & 0x3Fu);
    at += 3;
  } else {
    c = (lead & 0x07) << 18 | (byte(1) & 0x3Fu) << 12 | (byte(2) & 0x3Fu) << 6 | (byte(3) & 0x3Fu);
    at += 4;
  }
  return c;
}

/// The code point of a valid text that ends just before `at`, and in `at` where it starts.
inline char32_t previous_code_point(std::string_view text, std::size_t& at) {
  do --at;
  while ((static_cast<unsigned char>(text[at]) & 0xC0) == 0x80);
  std::size_t start = at;
  return next_code_point(text, start);
}

/// How many bytes the character takes whose first byte is `lead`.
constexpr std::size_t utf8_length(unsigned char lead) {
  return lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
}

/// How many code points a valid text has.
std::size_t count_code_points(std::string_view text);

void append_utf8(std::string& out, char32_t c);

/// Appends `bytes`, every maximal ill-formed part replaced by U+FFFD. What may still become a
/// character is left out unless `last`; returns how many bytes were taken.
std::size_t append_lossy(std::string& out, std::string_view bytes, bool last);

}  // namespace lab::unicode
