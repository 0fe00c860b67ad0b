#include "text/stages/byte_letters.h"

#include <array>

#include "text/unicode/utf8.h"

namespace lab {

namespace {

constexpr char32_t kLetters = 0x144;  // all letters are below

struct Alphabet {
  std::array<char32_t, 256> letter{};
  std::array<std::int16_t, kLetters> byte{};
  std::array<std::array<char, 2>, 256> text{};  // the letter as UTF-8, second byte 0 if it has one
};

constexpr Alphabet make_alphabet() {
  Alphabet a;
  a.byte.fill(-1);
  char32_t next = 0x100;
  for (char32_t b = 0; b < 256; ++b) {
    bool printable = (b >= '!' && b <= '~') || (b >= 0xA1 && b != 0xAD);
    char32_t c = printable ? b : next++;
    a.letter[b] = c;
    a.byte[c] = static_cast<std::int16_t>(b);
    a.text[b] = c < 0x80 ? std::array<char, 2>{static_cast<char>(c), 0}
                         : std::array<char, 2>{static_cast<char>(0xC0 | c >> 6),
                                               static_cast<char>(0x80 | (c & 0x3F))};
  }
  return a;
}

constexpr Alphabet kAlphabet = make_alphabet();

}  // namespace

void append_byte_letters(std::string& out, std::string_view bytes) {
  std::size_t end = out.size();
  out.resize(end + 2 * bytes.size());
  char* write = out.data() + end;
  for (char byte : bytes) {
    const auto& text = kAlphabet.text[static_cast<unsigned char>(byte)];
    *write++ = text[0];
    if (text[1]) *write++ = text[1];
  }
  out.resize(static_cast<std::size_t>(write - out.data()));
}

bool append_letter_bytes(std::string& out, std::string_view text) {
  std::size_t before = out.size();
  for (std::size_t at = 0; at < text.size();) {
    char32_t c = unicode::next_code_point(text, at);
    if (c >= kLetters || kAlphabet.byte[c] < 0) {
      out.resize(before);
      return false;
    }
    out += static_cast<char>(kAlphabet.byte[c]);
  }
  return true;
}

}  // namespace lab
