#include "text/unicode/utf8.h"

#include <cstdint>
#include <cstring>

namespace lab::unicode {

namespace {

// The length of the run of ASCII at the start, eight bytes at a time.
std::size_t ascii_prefix(std::string_view text) {
  std::size_t at = 0;
  for (; at + 8 <= text.size(); at += 8) {
    std::uint64_t word;
    std::memcpy(&word, text.data() + at, 8);
    if (word & 0x8080808080808080u) break;
  }
  while (at < text.size() && static_cast<unsigned char>(text[at]) < 0x80) ++at;
  return at;
}

}  // namespace

int measure_utf8(std::string_view text) {
  if (text.empty()) return 0;
  auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  unsigned char lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead < 0xC2 || lead > 0xF4) return -1;
  // The second byte's range excludes overlong forms, surrogates and what is above U+10FFFF.
  unsigned char low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  unsigned char high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  std::size_t length = utf8_length(lead);
  for (std::size_t i = 1; i < length; ++i) {
    if (i == text.size()) return 0;
    if (byte(i) < low || byte(i) > high) return -static_cast<int>(i);
    low = 0x80, high = 0xBF;
  }
  return static_cast<int>(length);
}

std::size_t count_code_points(std::string_view text) {
  std::size_t count = 0;
  for (char c : text) count += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  return count;
}

void append_utf8(std::string& out, char32_t c) {
  auto put = [&](char32_t byte) { out += static_cast<char>(byte); };
  if (c < 0x80) return put(c);
  if (c < 0x800) {
    put(0xC0 | c >> 6);
  } else if (c < 0x10000) {
    put(0xE0 | c >> 12);
    put(0x80 | (c >> 6 & 0x3F));
  } else {
    put(0xF0 | c >> 18);
    put(0x80 | (c >> 12 & 0x3F));
    put(0x80 | (c >> 6 & 0x3F));
  }
  put(0x80 | (c & 0x3F));
}

std::size_t append_lossy(std::string& out, std::string_view bytes, bool last) {
  std::size_t at = 0;
  while (at < bytes.size()) {
    std::size_t plain = ascii_prefix(bytes.substr(at));
    out += bytes.substr(at, plain);
    at += plain;
    if (at == bytes.size()) break;
    int length = measure_utf8(bytes.substr(at));
    if (length == 0 && !last) break;
    if (length > 0) {
      out += bytes.substr(at, static_cast<std::size_t>(length));
      at += static_cast<std::size_t>(length);
    } else {
      append_utf8(out, 0xFFFD);
      at += length == 0 ? bytes.size() - at : static_cast<std::size_t>(-length);
    }
  }
  return at;
}

}  // namespace lab::unicode
