#include "text/regex/regex.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace lab {
namespace {

// The matches of `pattern` in `text`; an error's message if there is one.
std::vector<std::string> find_all(std::string_view pattern, std::string_view text) {
  auto regex = Regex::compile(pattern);
  if (!regex) return {regex.error().message};
  std::vector<std::string> found;
  auto matches = regex->matches(text);
  while (true) {
    auto match = matches.next();
    if (!match) return {match.error().message};
    if (!*match) return found;
    found.emplace_back(text.substr((*match)->begin, (*match)->end - (*match)->begin));
  }
}
using Strings = std::vector<std::string>;

constexpr std::string_view kGpt2 =
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";
constexpr std::string_view kLlama3 =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}|)"
    R"( ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

TEST(Regex, SplitsAsGpt2Does) {
  EXPECT_EQ(find_all(kGpt2, "I'll  see 42é!\n\n ok"),
            (Strings{"I", "'ll", " ", " see", " 42", "é", "!", "\n\n", " ok"}));
}

TEST(Regex, SplitsAsLlama3Does) {
  EXPECT_EQ(find_all(kLlama3, "I'LL 12345 \n\n x--\n"),
            (Strings{"I", "'LL", " ", "123", "45", " \n\n", " x", "--\n"}));
}

TEST(Regex, PrefersEarlierAlternativesAndLongerRepetitions) {
  EXPECT_EQ(find_all("ab|abc", "abc"), (Strings{"ab"}));
  EXPECT_EQ(find_all("a+?", "aaa"), (Strings{"a", "a", "a"}));
  EXPECT_EQ(find_all("a{2,3}", "aaaaa"), (Strings{"aaa", "aa"}));
  EXPECT_EQ(find_all("(?:ab){2}c", "ababc ababab"), (Strings{"ababc"}));
}

TEST(Regex, GivesBackCharactersSoThatTheRestMatches) {
  EXPECT_EQ(find_all(R"(\w+é)", "aéébé c"), (Strings{"aéébé"}));
  EXPECT_EQ(find_all(R"(\s*[\r\n]+)", "  \n  \n x"), (Strings{"  \n  \n"}));
}

TEST(Regex, PossessiveRepetitionsGiveNothingBack) {
  EXPECT_EQ(find_all("a++a", "aaa"), Strings{});
  EXPECT_EQ(find_all("(?>ab|a)b", "ab abb"), (Strings{"abb"}));
}

TEST(Regex, LooksAheadWithoutTaking) {
  EXPECT_EQ(find_all("a(?=b)", "ab ac"), (Strings{"a"}));
  EXPECT_EQ(find_all(R"(\s+(?!\S))", "a   b  "), (Strings{"  ", "  "}));
}

TEST(Regex, KnowsClassesOfUnicode) {
  EXPECT_EQ(find_all(R"([\p{Lu}\p{Lt}]+)", "ÀaǅB"), (Strings{"À", "ǅB"}));
  EXPECT_EQ(find_all(R"([^\p{L}\s]+)", "né 4٣!"), (Strings{"4٣!"}));
  EXPECT_EQ(find_all(R"([一-龥぀-ゟ゠-ヿ]+)", "a日本のb"), (Strings{"日本の"}));
  EXPECT_EQ(find_all(R"([a-z&&[^aeiou]]+)", "hello"), (Strings{"h", "ll"}));
  EXPECT_EQ(find_all(R"(\P{L}+|\p{^N})", "a1"), (Strings{"a", "1"}));
}

TEST(Regex, IgnoresCaseWhereTold) {
  EXPECT_EQ(find_all("(?i:'s)s", "'Ss 'SS"), (Strings{"'Ss"}));
  EXPECT_EQ(find_all("(?i)straße", "STRAßE"), (Strings{"STRAßE"}));
  EXPECT_EQ(find_all("(?i:[a-c])+", "AbC d"), (Strings{"AbC"}));
  EXPECT_EQ(find_all("(?i:'s)", "'ſ"), (Strings{"'ſ"}));  // LATIN SMALL LETTER LONG S folds to s
}

TEST(Regex, AnchorsLinesAndTexts) {
  EXPECT_EQ(find_all("^a", "a\na"), (Strings{"a", "a"}));
  EXPECT_EQ(find_all(R"(\Aa|b\z)", "ab\nab"), (Strings{"a", "b"}));
  EXPECT_EQ(find_all(R"(\bon\b)", "on onto"), (Strings{"on"}));
}

TEST(Regex, AnEmptyMatchDoesNotTouchTheOneBefore) {
  EXPECT_EQ(find_all("a*", "aab"), (Strings{"aa", ""}));
}

TEST(Regex, RefusesWhatItDoesNotSupport) {
  for (std::string_view pattern :
       {"(?<=a)b", "(a)\\1", "\\p{Han}", "[[:alpha:]]", "(?x) a", "\\G", "a**", "*", "(", ")", "[a",
        "(?:a*)*", "a{1,2000}", "\\p{L", "\\x{110000}", "\\", "[z-a]", "(?P<n>a)"}) {
    auto regex = Regex::compile(pattern);
    ASSERT_FALSE(regex) << pattern;
    EXPECT_EQ(regex.error().code, Code::kUnsupported) << pattern;
  }
  std::string deep(1000, '(');
  EXPECT_FALSE(Regex::compile(deep));
  EXPECT_FALSE(Regex::compile(std::string(1000, '[')));
}

TEST(Regex, RefusesPatternsThatGrowTooLarge) {
  for (const std::string& pattern :
       {std::string("(?:(?:(?:a{9}b){99}c){99}d){99}"),
        std::string("(?:(?:(?:(?i)){999}){999}){999}"), std::string(1 << 17, 'a')}) {
    auto regex = Regex::compile(pattern);
    ASSERT_FALSE(regex);
    EXPECT_EQ(regex.error().code, Code::kLimit);
  }
}

TEST(Regex, ABracedTextThatIsNoCountIsText) {
  EXPECT_EQ(find_all("a{x}", "a{x}"), (Strings{"a{x}"}));
}

TEST(Regex, GivesUpOnCatastrophicBacktracking) {
  auto regex = Regex::compile("(?:a+)+b");
  ASSERT_TRUE(regex) << regex.error().text();
  std::string text(60, 'a');
  auto matches = regex->matches(text);
  auto match = matches.next();
  ASSERT_FALSE(match);
  EXPECT_EQ(match.error().code, Code::kLimit);
}

TEST(Regex, TakesLongRunsInLinearTime) {
  std::string spaces(1 << 20, ' ');
  EXPECT_EQ(find_all(kLlama3, spaces + "x").size(), 2u);
  EXPECT_EQ(find_all(kGpt2, std::string(1 << 20, 'x')).size(), 1u);
}

TEST(Regex, ALiteralHasNoSyntax) {
  std::string text = "a.b axb a.b";
  auto regex = Regex::literal("a.b");
  auto matches = regex.matches(text);
  EXPECT_EQ((*matches.next())->end, 3u);
  EXPECT_EQ((*matches.next())->begin, 8u);
  EXPECT_FALSE(*matches.next());
}

}  // namespace
}  // namespace lab
