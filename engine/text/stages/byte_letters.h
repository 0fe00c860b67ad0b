// GPT-2's alphabet: a printable letter for each of the 256 bytes, so that bytes can be text.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace lab {

/// Appends the letter of every byte. Printable Latin-1 stands for itself, the other bytes, in
/// order, for U+0100, U+0101, ... (blank: "Ġ", newline: "Ċ").
void append_byte_letters(std::string& out, std::string_view bytes);

/// Appends the bytes that the letters of `text` (valid UTF-8) stand for; false, and nothing
/// appended, if a character of it stands for no byte.
bool append_letter_bytes(std::string& out, std::string_view text);

}  // namespace lab
