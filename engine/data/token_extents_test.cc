#include "data/token_extents.h"

#include <gtest/gtest.h>

#include <string>

#include "data/tokenizers_for_test.h"

namespace lab {
namespace {

/// The text of each token, or "no extents".
std::vector<std::string> parts(const std::string& name, std::string_view text) {
  const auto made = test_tokenizer(name);
  const auto ids = made->encode(text, {.parse_special = true}).value();
  const auto extents = token_extents(made, ids, text);
  if (!extents) return {"no extents"};
  EXPECT_EQ(extents->size(), ids.size());
  std::vector<std::string> list;
  for (const ByteRange& extent : *extents)
    list.emplace_back(text.substr(extent.begin, extent.end - extent.begin));
  return list;
}

std::string joined(const std::vector<std::string>& list) {
  std::string text;
  for (const std::string& part : list) text += part;
  return text;
}

TEST(TokenExtents, CoverTheTextOfAByteLevelTokenizer) {
  for (const std::string text :
       {"the old door of the house.", "  two  blanks\n\nand a line\n", "a"})
    EXPECT_EQ(joined(parts("byte_bpe", text)), text);
  EXPECT_EQ(parts("byte_bpe", "").size(), 0u);
  EXPECT_EQ(parts("byte_bpe", "a<|endoftext|>b"),
            (std::vector<std::string>{"a", "<|endoftext|>", "b"}));
}

TEST(TokenExtents, GiveAllTokensOfACharacterItsWholeExtent) {
  const auto list = parts("byte_bpe", "\U0001F980");
  EXPECT_GT(list.size(), 1u);
  for (const std::string& part : list) EXPECT_EQ(part, "\U0001F980");
}

TEST(TokenExtents, IgnoreTheBlankThatASentencePieceTokenizerAdds) {
  for (const std::string text : {"the door", " a blank first", "the </s> end"}) {
    const auto list = parts("llama_bpe", text);
    ASSERT_NE(list.front(), "no extents") << text;
    EXPECT_EQ(joined(list), text);
  }
}

TEST(TokenExtents, AreNotGivenForATokenizerThatChangesTheText) {
  EXPECT_EQ(parts("wordpiece", "The Door"), std::vector<std::string>{"no extents"});
}

TEST(TokenExtents, AreNotGivenForTokensOfAnotherText) {
  const auto made = test_tokenizer("byte_bpe");
  const auto ids = made->encode("the door").value();
  EXPECT_TRUE(token_extents(made, ids, "the door"));
  EXPECT_FALSE(token_extents(made, ids, "the doors"));
  EXPECT_FALSE(token_extents(made, ids, "the doo"));
  EXPECT_FALSE(token_extents(made, ids, "The door"));
}

}  // namespace
}  // namespace lab
