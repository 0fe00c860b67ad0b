#include <gtest/gtest.h>

#include <random>

#include "text/models/bpe.h"
#include "text/models/sentence_piece.h"
#include "text/models/unigram.h"
#include "text/models/word_piece.h"

namespace lab {
namespace {

using Ids = std::vector<std::int32_t>;

std::shared_ptr<const Vocabulary> vocabulary(std::vector<std::string> pieces) {
  std::vector<Vocabulary::Entry> entries;
  for (auto& piece : pieces)
    entries.push_back({.piece = piece, .id = static_cast<std::int64_t>(entries.size())});
  return std::make_shared<const Vocabulary>(*Vocabulary::make(std::move(entries)));
}

Ids encode(const TokenModel& model, std::string_view piece) {
  Ids ids;
  auto status = model.encode(piece, ids);
  EXPECT_TRUE(status) << status.error().text();
  return ids;
}

using Merges = std::vector<std::pair<std::string_view, std::string_view>>;

TEST(Vocabulary, RefusesIdsThatAreNegativeTwiceOrMissing) {
  for (auto ids : {std::pair{0, 0}, std::pair{-1, 0}, std::pair{0, 2}}) {
    auto made =
        Vocabulary::make({{.piece = "a", .id = ids.first}, {.piece = "b", .id = ids.second}});
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code, Code::kCorrupt);
  }
  EXPECT_FALSE(Vocabulary::make({{.piece = "a", .id = 0}, {.piece = "a", .id = 1}}));
  EXPECT_EQ(Vocabulary::make({}).error().code, Code::kEmpty);
}

TEST(Bpe, MergesByRankThenFromTheLeft) {
  auto bpe = Bpe::make(vocabulary({"a", "b", "c", "ab", "bc", "abc", "aa"}),
                       Merges{{"b", "c"}, {"a", "b"}, {"a", "bc"}, {"a", "a"}}, {});
  ASSERT_TRUE(bpe) << bpe.error().text();
  EXPECT_EQ(encode(**bpe, "abc"), (Ids{5}));
  EXPECT_EQ(encode(**bpe, "abab"), (Ids{3, 3}));
  EXPECT_EQ(encode(**bpe, "aaaaa"), (Ids{6, 6, 0}));
}

TEST(Bpe, LongWordsMergeAsShortOnesDo) {
  std::mt19937 random(1);
  PairTable table(40);
  std::int32_t next = 4;
  for (std::uint32_t rank = 0; rank < 40; ++rank) {
    auto left = static_cast<std::int32_t>(random() % static_cast<unsigned>(next));
    auto right = static_cast<std::int32_t>(random() % static_cast<unsigned>(next));
    if (table.insert(left, right, {rank, next})) ++next;
  }
  // A separator that never merges makes a long word of many short ones.
  constexpr std::int32_t kSeparator = 1000;
  Ids whole, expected;
  for (int word = 0; word < 50; ++word) {
    Ids part;
    for (unsigned i = 0; i < 1 + random() % 60; ++i)
      part.push_back(static_cast<std::int32_t>(random() % 4));
    whole.insert(whole.end(), part.begin(), part.end());
    whole.push_back(kSeparator);
    merge_pairs(table, part, 0);
    expected.insert(expected.end(), part.begin(), part.end());
    expected.push_back(kSeparator);
  }
  ASSERT_GT(whole.size(), 64u);
  merge_pairs(table, whole, 0);
  EXPECT_EQ(whole, expected);
}

TEST(Bpe, AMillionBytesWithoutABlankTakeNoQuadraticTime) {
  auto bpe = Bpe::make(vocabulary({"a", "aa", "aaaa"}), Merges{{"a", "a"}, {"aa", "aa"}}, {});
  ASSERT_TRUE(bpe);
  EXPECT_EQ(encode(**bpe, std::string(1 << 20, 'a')).size(), (1u << 20) / 4);
}

TEST(Bpe, FallsBackToBytesOrTheUnknownTokenOrNothing) {
  auto pieces = vocabulary({"a", "<unk>", "<0xC3>", "<0xA9>"});
  EXPECT_EQ(encode(**Bpe::make(pieces, {}, {.unknown = 1, .byte_fallback = true}), "aé"),
            (Ids{0, 2, 3}));
  EXPECT_EQ(encode(**Bpe::make(pieces, {}, {.unknown = 1, .byte_fallback = true}), "aèa"),
            (Ids{0, 1, 0}));
  EXPECT_EQ(encode(**Bpe::make(pieces, {}, {.unknown = 1}), "ééa"), (Ids{1, 1, 0}));
  EXPECT_EQ(encode(**Bpe::make(pieces, {}, {.unknown = 1, .fuse_unknown = true}), "ééa"),
            (Ids{1, 0}));
  EXPECT_EQ(encode(**Bpe::make(pieces, {}, {}), "éa"), (Ids{0}));
}

TEST(Bpe, TakesAWholePieceIfToldToIgnoreMerges) {
  auto pieces = vocabulary({"a", "b", "ab"});
  EXPECT_EQ(encode(**Bpe::make(pieces, {}, {.ignore_merges = true}), "ab"), (Ids{2}));
  EXPECT_EQ(encode(**Bpe::make(pieces, {}, {}), "ab"), (Ids{0, 1}));
}

TEST(Bpe, RefusesMergesThatTheVocabularyContradicts) {
  auto pieces = vocabulary({"a", "b", "ab"});
  for (const Merges& merges :
       {Merges{{"a", "x"}}, Merges{{"b", "a"}}, Merges{{"a", "b"}, {"a", "b"}}}) {
    auto bpe = Bpe::make(pieces, merges, {});
    ASSERT_FALSE(bpe);
    EXPECT_EQ(bpe.error().code, Code::kCorrupt);
    EXPECT_EQ(bpe.error().field, "merges");
  }
}

TEST(SentencePiece, MergesTheHighestScoreFirstAndFallsBackToBytes) {
  SentencePiece model(vocabulary({"<unk>", "a", "b", "c", "ab", "bc", "<0xC3>", "<0xA9>"}),
                      {0, -3, -4, -5, -2, -1, 0, 0}, 0);
  EXPECT_EQ(encode(model, "abc"), (Ids{1, 5}));
  EXPECT_EQ(encode(model, "ab"), (Ids{4}));
  EXPECT_EQ(encode(model, "éa"), (Ids{6, 7, 1}));
  EXPECT_EQ(encode(model, "d"), (Ids{0}));
}

TEST(SentencePiece, AMillionBytesWithoutABlankTakeNoQuadraticTime) {
  SentencePiece model(vocabulary({"a", "aa", "aaaa"}), {-3, -2, -1}, std::nullopt);
  EXPECT_EQ(encode(model, std::string(1 << 20, 'a')).size(), (1u << 20) / 4);
}

TEST(Unigram, TakesTheCutWithTheBestSum) {
  Unigram model(vocabulary({"<unk>", "a", "b", "ab", "abc", "c"}), {0, -1, -1, -1.5, -9, -1}, 0,
                false);
  EXPECT_EQ(encode(model, "abc"), (Ids{3, 5}));
  EXPECT_EQ(encode(model, "xyab"), (Ids{0, 3}));  // a run of unknown characters is one id
}

TEST(Unigram, WithoutAnUnknownPieceACharacterThatNoPieceCoversIsAnError) {
  Unigram model(vocabulary({"a"}), {-1}, std::nullopt, false);
  Ids ids;
  auto status = model.encode("ab", ids);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Code::kBadText);
}

TEST(WordPiece, TakesTheLongestPieceAndGivesUpOnWholeWords) {
  WordPiece model(vocabulary({"[UNK]", "un", "##aff", "##able", "##a", "una"}), 0, "##", 10);
  EXPECT_EQ(encode(model, "unaffable"), (Ids{0}));  // "una" leaves "ffable", which nothing covers
  EXPECT_EQ(encode(model, "unable"), (Ids{0}));
  EXPECT_EQ(encode(model, "un"), (Ids{1}));
  EXPECT_EQ(encode(model, "unaa"), (Ids{5, 4}));
  EXPECT_EQ(encode(model, "unaaaaaaaaaaa"), (Ids{0}));  // more than 10 characters
}

}  // namespace
}  // namespace lab
