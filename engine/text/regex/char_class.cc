#include "text/regex/char_class.h"

#include <algorithm>
#include <utility>

namespace lab {

namespace {

using unicode::Category;

constexpr std::uint32_t mask(Category first, Category last) {
  std::uint32_t bits = 0;
  for (int i = static_cast<int>(first); i <= static_cast<int>(last); ++i) bits |= 1u << i;
  return bits;
}

struct Property {
  std::string_view name;
  std::uint32_t categories;
};

constexpr Property kProperties[] = {
    {"C", mask(Category::kCn, Category::kCs)},
    {"L", mask(Category::kLl, Category::kLu)},
    {"M", mask(Category::kMc, Category::kMn)},
    {"N", mask(Category::kNd, Category::kNo)},
    {"P", mask(Category::kPc, Category::kPs)},
    {"S", mask(Category::kSc, Category::kSo)},
    {"Z", mask(Category::kZl, Category::kZs)},
    {"Other", mask(Category::kCn, Category::kCs)},
    {"Letter", mask(Category::kLl, Category::kLu)},
    {"Mark", mask(Category::kMc, Category::kMn)},
    {"Number", mask(Category::kNd, Category::kNo)},
    {"Punctuation", mask(Category::kPc, Category::kPs)},
    {"Symbol", mask(Category::kSc, Category::kSo)},
    {"Separator", mask(Category::kZl, Category::kZs)},
};

constexpr std::string_view kCategoryNames[] = {
    "Cn", "Cc", "Cf", "Co", "Cs", "Ll", "Lm", "Lo", "Lt", "Lu", "Mc", "Me", "Mn", "Nd", "Nl",
    "No", "Pc", "Pd", "Pe", "Pf", "Pi", "Po", "Ps", "Sc", "Sk", "Sm", "So", "Zl", "Zp", "Zs"};

}  // namespace

CharClass CharClass::white_space() {
  CharClass result;
  result.white_space_ = true;
  return result;
}

CharClass CharClass::digit() {
  CharClass result;
  result.categories_ = mask(Category::kNd, Category::kNd);
  return result;
}

CharClass CharClass::word() {
  CharClass result;
  result.word_ = true;
  // Oniguruma, which published tokenizers run on, also counts these: its Latin-1 table says so.
  result.add(0xB2, 0xB3);
  result.add(0xB9, 0xB9);
  result.add(0xBC, 0xBE);
  return result;
}

std::optional<CharClass> CharClass::property(std::string_view name) {
  if (name == "White_Space" || name == "Space") return white_space();
  CharClass result;
  for (const Property& property : kProperties)
    if (property.name == name) result.categories_ = property.categories;
  for (std::size_t i = 0; i < std::size(kCategoryNames); ++i)
    if (kCategoryNames[i] == name) result.categories_ = 1u << i;
  if (!result.categories_) return std::nullopt;
  return result;
}

void CharClass::ignore_case() {
  folds_ = true;
  constexpr char32_t kLargestFolded = 0x3000;  // ranges beyond hold no cased pairs worth the time
  std::vector<Range> folded;
  for (Range range : ranges_)
    for (char32_t c = range.first; c <= std::min(range.last, kLargestFolded); ++c)
      if (char32_t other = unicode::fold(c); other != c) folded.push_back({other, other});
  ranges_.insert(ranges_.end(), folded.begin(), folded.end());
  for (CharClass& part : parts_) part.ignore_case();
  for (CharClass& part : intersections_) part.ignore_case();
}

void CharClass::freeze() {
  for (CharClass& part : parts_) part.freeze();
  for (CharClass& part : intersections_) part.freeze();
  for (char32_t c = 0; c < 128; ++c) ascii_[c] = evaluate(c);
}

bool CharClass::evaluate(char32_t c) const {
  bool inside = holds(c) || (folds_ && holds(unicode::fold(c)));
  for (const CharClass& part : intersections_) inside = inside && part.contains(c);
  return inside != negated_;
}

bool CharClass::holds(char32_t c) const {
  const unicode::CharRecord& record = unicode::record(c);
  if (categories_ >> record.category & 1) return true;
  if (white_space_ && (record.flags & unicode::kWhiteSpace)) return true;
  if (word_ && unicode::is_word(c)) return true;
  for (Range range : ranges_)
    if (range.first <= c && c <= range.last) return true;
  for (const CharClass& part : parts_)
    if (part.contains(c)) return true;
  return false;
}

}  // namespace lab
