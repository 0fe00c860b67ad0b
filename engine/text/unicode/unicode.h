// Asks the Unicode tables: category, white space, case of one code point.
#pragma once

#include <string>

#include "text/unicode/tables.h"

namespace lab::unicode {

inline constexpr char32_t kLastCodePoint = 0x10FFFF;
inline constexpr char32_t kReplacement = 0xFFFD;

/// `c` is at most kLastCodePoint.
inline const CharRecord& record(char32_t c) {
  return kRecords[kStage2[kStage1[c / 128] * 128 + c % 128]];
}
inline Category category(char32_t c) { return static_cast<Category>(record(c).category); }
inline bool has(char32_t c, Flag flag) { return (record(c).flags & flag) != 0; }

constexpr bool between(Category c, Category first, Category last) {
  return first <= c && c <= last;
}
constexpr bool is_letter(Category c) { return between(c, Category::kLl, Category::kLu); }
constexpr bool is_mark(Category c) { return between(c, Category::kMc, Category::kMn); }
constexpr bool is_number(Category c) { return between(c, Category::kNd, Category::kNo); }
constexpr bool is_punctuation(Category c) { return between(c, Category::kPc, Category::kPs); }
constexpr bool is_symbol(Category c) { return between(c, Category::kSc, Category::kSo); }
constexpr bool is_separator(Category c) { return between(c, Category::kZl, Category::kZs); }
constexpr bool is_other(Category c) { return between(c, Category::kCn, Category::kCs); }

inline bool is_white_space(char32_t c) { return has(c, kWhiteSpace); }

/// Letters, marks, decimal digits, letter numbers and connectors, as \w of UTS #18 without
/// Join_Control, on which regular expression engines disagree.
bool is_word(char32_t c);

/// Appends the full lower case of `c`, without regard to its context, as UTF-8.
void append_lower(std::string& out, char32_t c);

/// The simple case folding: two characters match regardless of case if it is the same for both.
char32_t fold(char32_t c);

/// The entry of `c` in a map of tables.h: [first, last) of its pool.
struct PoolRange {
  const char32_t* first;
  const char32_t* last;
};
PoolRange decomposition(char32_t c, bool* compatibility);

}  // namespace lab::unicode
