// What Python's str methods think of a character, and how they change its case.
#pragma once

#include <string>

#include "text/unicode/unicode.h"

namespace lab::jinja {

bool is_space(char32_t c);       ///< str.isspace, also what strip() and split() remove
bool is_line_break(char32_t c);  ///< where splitlines() splits; "\r\n" is one break
bool is_printable(char32_t c);   ///< repr() shows it as it is
bool is_alpha(char32_t c);
bool is_decimal(char32_t c);
bool is_digit(char32_t c);
bool is_numeric(char32_t c);
bool is_upper(char32_t c);
bool is_lower(char32_t c);
bool is_title(char32_t c);
inline bool is_cased(char32_t c) { return is_upper(c) || is_lower(c) || is_title(c); }

// Append the full case mappings, which may be several characters, as UTF-8.
void append_upper(std::string& out, char32_t c);
void append_title(std::string& out, char32_t c);
using unicode::append_lower;

}  // namespace lab::jinja
