// A set of code points, as a bracket expression or an escape such as \p{L} denotes it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "text/unicode/unicode.h"

namespace lab {

class CharClass {
 public:
  void add(char32_t first, char32_t last) { ranges_.push_back({first, last}); }
  /// Adds `part`, or what is not in it.
  void add_class(CharClass part) { parts_.push_back(std::move(part)); }
  /// Keeps only what is in `part` too.
  void intersect(CharClass part) { intersections_.push_back(std::move(part)); }
  void negate() { negated_ = !negated_; }
  /// From now on a character is in the class if its case folding is; call when it is complete.
  void ignore_case();

  /// \s \d \w or a property: a general category ("L", "Lu", "Letter") or "White_Space";
  /// nullopt if LoRA Lab does not know that property.
  static CharClass white_space();
  static CharClass digit();
  static CharClass word();
  static std::optional<CharClass> property(std::string_view name);

  /// Computes the answers for ASCII; call once the class is complete, before contains().
  void freeze();
  bool contains(char32_t c) const { return c < 128 ? ascii_[c] : evaluate(c); }
  /// Does ASCII character `c` belong to it?
  bool contains_ascii(unsigned char c) const { return ascii_[c]; }

 private:
  struct Range {
    char32_t first, last;
  };
  bool evaluate(char32_t c) const;
  bool holds(char32_t c) const;

  std::uint32_t categories_ = 0;  ///< bit i: Category i
  bool white_space_ = false, word_ = false, negated_ = false, folds_ = false;
  std::vector<Range> ranges_;
  std::vector<CharClass> parts_, intersections_;
  std::array<bool, 128> ascii_{};
};

}  // namespace lab
