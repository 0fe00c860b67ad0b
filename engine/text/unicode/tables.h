// The layout of the Unicode tables that make_tables.py writes; unicode.h is the way to ask them.
#pragma once

#include <cstddef>
#include <cstdint>

namespace lab::unicode {

/// General categories, in the order of make_tables.py.
enum class Category : std::uint8_t {
  kCn, kCc, kCf, kCo, kCs, kLl, kLm, kLo, kLt, kLu, kMc, kMe, kMn, kNd, kNl,
  kNo, kPc, kPd, kPe, kPf, kPi, kPo, kPs, kSc, kSk, kSm, kSo, kZl, kZp, kZs,
};

enum Flag : std::uint16_t {
  kWhiteSpace = 1,         ///< property White_Space
  kCircledLetter = 2,      ///< Alphabetic, though its category is So
  kBertPunctuation = 4,    ///< P of Unicode 8.0, or an ASCII symbol
  kBertAccent = 8,         ///< Mn of Unicode 8.0
  kBertControl = 16,       ///< Cc, Cf or Co of Unicode 8.0
  kCombiningMark = 32,     ///< M of Unicode 9.0
  kHasLower = 64,
  kHasFold = 128,
  kHasDecomposition = 256,
};

struct CharRecord {
  std::uint8_t category;
  std::uint8_t combining_class;
  std::uint16_t flags;
};

/// first + second compose to `composed`; sorted by (first, second).
struct Composite {
  char32_t first, second, composed;
};

// kRecords[kStage2[kStage1[c / 128] * 128 + c % 128]] is the record of c.
extern const std::uint16_t kStage1[];
extern const std::uint8_t kStage2[];
extern const CharRecord kRecords[];

// A map from a code point to characters: Keys is sorted, entry i has the characters
// Pool[Starts[i]] to Pool[Starts[i + 1] - 1].
extern const char32_t kLowerKeys[], kLowerPool[];
extern const std::uint16_t kLowerStarts[];
extern const std::size_t kLowerCount;
extern const char32_t kFoldKeys[], kFoldPool[];
extern const std::uint16_t kFoldStarts[];
extern const std::size_t kFoldCount;
extern const char32_t kDecompositionKeys[], kDecompositionPool[];
extern const std::uint16_t kDecompositionStarts[];
extern const std::uint8_t kDecompositionIsCompatibility[];
extern const std::size_t kDecompositionCount;

extern const Composite kComposites[];
extern const std::size_t kCompositeCount;

}  // namespace lab::unicode
