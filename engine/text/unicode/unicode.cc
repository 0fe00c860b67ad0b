#include "text/unicode/unicode.h"

#include <algorithm>

#include "text/unicode/utf8.h"

namespace lab::unicode {

namespace {
std::size_t index_in(const char32_t* keys, std::size_t count, char32_t c) {
  return static_cast<std::size_t>(std::lower_bound(keys, keys + count, c) - keys);
}
}  // namespace

bool is_word(char32_t c) {
  Category kind = category(c);
  return is_letter(kind) || is_mark(kind) || kind == Category::kNd || kind == Category::kNl ||
         kind == Category::kPc || has(c, kCircledLetter);
}

void append_lower(std::string& out, char32_t c) {
  if (!has(c, kHasLower)) return append_utf8(out, c);
  std::size_t i = index_in(kLowerKeys, kLowerCount, c);
  for (auto at = kLowerStarts[i]; at < kLowerStarts[i + 1]; ++at) append_utf8(out, kLowerPool[at]);
}

char32_t fold(char32_t c) {
  if (has(c, kHasFold)) return kFoldPool[index_in(kFoldKeys, kFoldCount, c)];
  if (!has(c, kHasLower)) return c;
  std::size_t i = index_in(kLowerKeys, kLowerCount, c);
  return kLowerStarts[i + 1] - kLowerStarts[i] == 1 ? kLowerPool[kLowerStarts[i]] : c;
}

PoolRange decomposition(char32_t c, bool* compatibility) {
  if (!has(c, kHasDecomposition)) return {nullptr, nullptr};
  std::size_t i = index_in(kDecompositionKeys, kDecompositionCount, c);
  *compatibility = kDecompositionIsCompatibility[i] != 0;
  return {kDecompositionPool + kDecompositionStarts[i],
          kDecompositionPool + kDecompositionStarts[i + 1]};
}

}  // namespace lab::unicode
