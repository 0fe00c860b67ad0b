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
bool is_upper(char32_t c) { return unicode::category(c) == Category::kLu; }
bool is_lower(char32_t c) {
  return unicode::category(c) == Category::kLl || c == 0xAA || c == 0xBA;
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
