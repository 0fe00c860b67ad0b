#include "text/jinja/characters.h"

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

#include "text/jinja/case_tables.h"
#include "text/unicode/utf8.h"

namespace lab::jinja {

using unicode::Category;

namespace {

struct CharacterRange {
  char32_t first, last;
};

// Properties Other_Uppercase and Other_Lowercase of Unicode's PropList.txt.
constexpr CharacterRange kOtherUppercase[] = {
    {0x2160, 0x216F}, {0x24B6, 0x24CF}, {0x1F130, 0x1F149}, {0x1F150, 0x1F169}, {0x1F170, 0x1F189}};
constexpr CharacterRange kOtherLowercase[] = {
    {0xAA, 0xAA},       {0xBA, 0xBA},       {0x2B0, 0x2B8},     {0x2C0, 0x2C1},    {0x2E0, 0x2E4},
    {0x345, 0x345},     {0x37A, 0x37A},     {0x1D2C, 0x1D6A},   {0x1D78, 0x1D78},  {0x1D9B, 0x1DBF},
    {0x2071, 0x2071},   {0x207F, 0x207F},   {0x2090, 0x209C},   {0x2170, 0x217F},  {0x24D0, 0x24E9},
    {0x2C7C, 0x2C7D},   {0xA69C, 0xA69D},   {0xA770, 0xA770},   {0xA7F8, 0xA7F9},  {0xAB5C, 0xAB5F},
    {0x10780, 0x10780}, {0x10783, 0x10785}, {0x10787, 0x107B0}, {0x107B2, 0x107BA}};

bool in_ranges(char32_t c, std::span<const CharacterRange> ranges) {
  return std::ranges::any_of(
      ranges, [&](CharacterRange range) { return c >= range.first && c <= range.last; });
}

// (lower, upper) for each letter whose lower case is one other character, sorted.
const std::vector<std::pair<char32_t, char32_t>>& upper_of_lower() {
  static const auto pairs = [] {
    std::vector<std::pair<char32_t, char32_t>> found;
    for (std::size_t i = 0; i < unicode::kLowerCount; ++i) {
      std::size_t start = unicode::kLowerStarts[i];
      if (unicode::kLowerStarts[i + 1] - start != 1) continue;
      found.emplace_back(unicode::kLowerPool[start], unicode::kLowerKeys[i]);
    }
    std::sort(found.begin(), found.end());
    return found;
  }();
  return pairs;
}

bool append_exception(std::string& out, char32_t c, std::span<const CaseException> table) {
  auto found = std::ranges::lower_bound(table, c, {}, &CaseException::c);
  if (found == table.end() || found->c != c) return false;
  for (char32_t mapped : found->mapped) {
    if (mapped != 0) unicode::append_utf8(out, mapped);
  }
  return true;
}

}  // namespace

bool is_space(char32_t c) { return unicode::is_white_space(c) || (c >= 0x1C && c <= 0x1F); }

bool is_line_break(char32_t c) {
  return (c >= '\n' && c <= '\r') || (c >= 0x1C && c <= 0x1E) || c == 0x85 || c == 0x2028 ||
         c == 0x2029;
}

bool is_printable(char32_t c) {
  Category category = unicode::category(c);
  return c == ' ' || !(unicode::is_other(category) || unicode::is_separator(category));
}

bool is_alpha(char32_t c) { return unicode::is_letter(unicode::category(c)); }
bool is_decimal(char32_t c) { return unicode::category(c) == Category::kNd; }
bool is_digit(char32_t c) {
  return is_decimal(c) || c == 0xB2 || c == 0xB3 || c == 0xB9 || c == 0x2070 ||
         (c >= 0x2074 && c <= 0x2079) || (c >= 0x2080 && c <= 0x2089);
}
bool is_numeric(char32_t c) { return unicode::is_number(unicode::category(c)); }
bool is_upper(char32_t c) {
  return unicode::category(c) == Category::kLu || in_ranges(c, kOtherUppercase);
}
bool is_lower(char32_t c) {
  return unicode::category(c) == Category::kLl || in_ranges(c, kOtherLowercase);
}
bool is_title(char32_t c) { return unicode::category(c) == Category::kLt; }

void append_upper(std::string& out, char32_t c) {
  if (c < 0x80) {
    out += static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c);
    return;
  }
  if (append_exception(out, c, {kUpperExceptions, kUpperExceptionsCount})) return;
  const auto& pairs = upper_of_lower();
  auto found = std::ranges::lower_bound(pairs, c, {}, &std::pair<char32_t, char32_t>::first);
  unicode::append_utf8(out, found != pairs.end() && found->first == c ? found->second : c);
}

void append_title(std::string& out, char32_t c) {
  bool georgian = c >= 0x10D0 && c <= 0x10FF;
  if (georgian) return unicode::append_utf8(out, c);
  if (append_exception(out, c, {kTitleExceptions, kTitleExceptionsCount})) return;
  append_upper(out, c);
}

}  // namespace lab::jinja
