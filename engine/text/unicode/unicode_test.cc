#include "text/unicode/unicode.h"

#include <gtest/gtest.h>

#include "text/unicode/normalize.h"
#include "text/unicode/utf8.h"

namespace lab::unicode {
namespace {

TEST(Unicode, KnowsCategories) {
  EXPECT_EQ(category(U'a'), Category::kLl);
  EXPECT_EQ(category(U'٣'), Category::kNd);
  EXPECT_EQ(category(0x10FFFF), Category::kCn);
  EXPECT_EQ(category(0xD800), Category::kCs);
  EXPECT_TRUE(is_punctuation(category(U'¿')));
  EXPECT_TRUE(is_symbol(category(U'+')));
  EXPECT_TRUE(is_white_space(0x3000));
  EXPECT_FALSE(is_white_space(0x200B));
  EXPECT_TRUE(is_word(U'_'));
}

TEST(Unicode, LowersAndFoldsCase) {
  std::string lower;
  for (char32_t c : U"AÉİΣ") append_lower(lower, c);
  EXPECT_EQ(lower, std::string("aéi̇σ\0", 9));
  EXPECT_EQ(fold(U'ς'), U'σ');
  EXPECT_EQ(fold(U'K'), U'k');
  EXPECT_EQ(fold(0x212A), U'k');
}

TEST(Unicode, NormalizesToTheFourForms) {
  EXPECT_EQ(normalize("é", Form::kNfd), "e\u0301");
  EXPECT_EQ(normalize("e\u0301", Form::kNfc), "é");
  EXPECT_EQ(normalize("ﬁ①", Form::kNfkc), "fi1");
  EXPECT_EQ(normalize("ﬁ①", Form::kNfc), "ﬁ①");
  EXPECT_EQ(normalize("각", Form::kNfd), "\u1100\u1161\u11A8");
  EXPECT_EQ(normalize("\u1100\u1161\u11A8", Form::kNfc), "각");
  EXPECT_EQ(normalize("a\u0315\u0300", Form::kNfd), "a\u0300\u0315");   // reordered
  EXPECT_EQ(normalize("\u212B", Form::kNfc), "\u00C5");                 // singleton
  EXPECT_EQ(normalize("\u0958", Form::kNfc), "\u0915\u093C");           // excluded from composition
}

TEST(Unicode, ReplacesEveryMaximalIllFormedPart) {
  auto lossy = [](std::string_view bytes) {
    std::string out;
    append_lossy(out, bytes, true);
    return out;
  };
  EXPECT_EQ(lossy("a\xF0\x9F\x98z"), "a\uFFFDz");
  EXPECT_EQ(lossy("\xE2\x82\xE2\x82\xAC"), "\uFFFD€");
  EXPECT_EQ(lossy("\x80\xFF"), "\uFFFD\uFFFD");
  EXPECT_EQ(lossy("\xED\xA0\x80"), "\uFFFD\uFFFD\uFFFD");
  EXPECT_EQ(lossy("x\xE2\x82"), "x\uFFFD");
}

TEST(Unicode, KeepsAnUnfinishedCharacterForLater) {
  std::string out;
  EXPECT_EQ(append_lossy(out, "ok\xE2\x82", false), 2u);
  EXPECT_EQ(out, "ok");
}

}  // namespace
}  // namespace lab::unicode
