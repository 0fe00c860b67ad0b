#include "text/trie.h"

#include <gtest/gtest.h>

namespace lab {
namespace {

using Found = std::vector<std::pair<std::size_t, std::int32_t>>;

Found prefixes(const Trie& trie, std::string_view text) {
  Found found;
  trie.prefixes(text, [&](std::size_t length, std::int32_t value) {
    found.emplace_back(length, value);
  });
  return found;
}

TEST(Trie, FindsEveryKeyThatATextStartsWith) {
  Trie trie({{"the", 0}, {"t", 1}, {"then", 2}, {"a", 3}, {"thx", 4}});
  EXPECT_EQ(prefixes(trie, "thenceforth"), (Found{{1, 1}, {3, 0}, {4, 2}}));
  EXPECT_EQ(prefixes(trie, "the"), (Found{{1, 1}, {3, 0}}));
  EXPECT_EQ(prefixes(trie, "th"), (Found{{1, 1}}));
  EXPECT_EQ(prefixes(trie, "bat"), Found{});
  EXPECT_EQ(prefixes(trie, ""), Found{});
  EXPECT_TRUE(trie.starts('t'));
  EXPECT_FALSE(trie.starts('h'));
}

TEST(Trie, TakesEveryByte) {
  Trie trie({{"\xFF\x80", 7}, {std::string_view("\0\0", 2), 8}});
  EXPECT_EQ(prefixes(trie, "\xFF\x80z"), (Found{{2, 7}}));
  EXPECT_EQ(prefixes(trie, std::string_view("\0\0\0", 3)), (Found{{2, 8}}));
}

TEST(Trie, LeavesOutEmptyKeysAndKeepsTheLargestValueOfEqualOnes) {
  Trie trie({{"", 1}, {"a", 5}, {"a", 3}});
  EXPECT_EQ(prefixes(trie, "ab"), (Found{{1, 5}}));
  EXPECT_EQ(prefixes(Trie({{"", 1}}), "ab"), Found{});
  EXPECT_EQ(prefixes(Trie(), "ab"), Found{});
}

}  // namespace
}  // namespace lab
