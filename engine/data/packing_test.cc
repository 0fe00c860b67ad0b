#include "data/packing.h"

#include <gtest/gtest.h>

#include <map>

#include "base/rng.h"
#include "data/batch.h"

namespace lab {
namespace {

/// A document whose tokens are numbered from `first` on; all are targets unless `loss` says.
Document document(std::int32_t first, std::int64_t tokens, std::vector<std::uint8_t> loss = {}) {
  Document made;
  for (std::int64_t i = 0; i < tokens; ++i)
    made.ids.push_back(first + static_cast<std::int32_t>(i));
  made.loss = loss.empty() ? std::vector<std::uint8_t>(made.ids.size(), 1) : std::move(loss);
  made.line = first;
  return made;
}

std::vector<Piece> cut(const Documents& documents, std::int64_t context, LongDocument policy,
                       CutCounts& counts) {
  std::vector<Piece> pieces;
  for (std::size_t i = 0; i < documents.extents.size(); ++i) {
    const auto number = static_cast<std::int64_t>(i);
    EXPECT_TRUE(cut_document(documents, number, context, policy, pieces, counts));
  }
  return pieces;
}

std::vector<std::int64_t> lengths(std::span<const Piece> pieces) {
  std::vector<std::int64_t> list;
  for (const Piece& piece : pieces) list.push_back(piece.tokens);
  return list;
}
using Lengths = std::vector<std::int64_t>;

TEST(Packing, SplitsOrTruncatesDocumentsThatAreTooLong) {
  Documents documents;
  documents.append(document(100, 11));
  documents.append(document(200, 4));
  CutCounts counts;
  auto pieces = cut(documents, 4, LongDocument::kSplit, counts);
  EXPECT_EQ(lengths(pieces), (Lengths{4, 4, 3, 4}));
  EXPECT_EQ(pieces[2].begin, 8);
  EXPECT_EQ(pieces[2].document, 0);
  EXPECT_EQ(pieces[2].line, 100);
  EXPECT_EQ(counts.split, 1);
  EXPECT_EQ(counts.truncated, 0);
  EXPECT_EQ(counts.dropped_tokens, 0);

  counts = {};
  pieces = cut(documents, 4, LongDocument::kTruncate, counts);
  EXPECT_EQ(lengths(pieces), (Lengths{4, 4}));
  EXPECT_EQ(counts.split, 0);
  EXPECT_EQ(counts.truncated, 1);
  EXPECT_EQ(counts.dropped_tokens, 7);
  EXPECT_EQ(counts.dropped_pieces, 0);

  const Status refused = cut_document(documents, 0, 4, LongDocument::kRefuse, pieces, counts);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kLimit);
  EXPECT_EQ(refused.error().line, 100);
  EXPECT_TRUE(cut_document(documents, 1, 4, LongDocument::kRefuse, pieces, counts));
}

TEST(Packing, DropsAndCountsPiecesWithNothingToLearn) {
  Documents documents;
  documents.append(document(100, 5));  // the second piece is one token
  documents.append(document(200, 3, {0, 0, 0}));
  documents.append(document(300, 3, {1, 0, 0}));  // nothing precedes the only target
  documents.append(document(400, 8, {0, 0, 0, 0, 1, 0, 0, 1}));
  CutCounts counts;
  const auto pieces = cut(documents, 4, LongDocument::kSplit, counts);
  EXPECT_EQ(lengths(pieces), (Lengths{4, 4}));
  EXPECT_EQ(pieces[1].begin, 5 + 3 + 3 + 4);
  EXPECT_EQ(counts.dropped_pieces, 4);
  EXPECT_EQ(counts.dropped_tokens, 1 + 3 + 3 + 4);
}

TEST(Packing, PutsAPieceIntoTheFullestRowThatHoldsIt) {
  std::vector<Piece> pieces;
  for (const std::int64_t tokens : {3, 6, 2, 7, 3, 1}) pieces.push_back({0, tokens});
  const Rows rows = pack_rows(pieces, 10);
  ASSERT_EQ(rows.count(), 3);
  EXPECT_EQ(lengths(rows.row(0)), (Lengths{3, 7}));
  EXPECT_EQ(lengths(rows.row(1)), (Lengths{6, 3, 1}));  // 1 is the better fit than 2 in row 1
  EXPECT_EQ(lengths(rows.row(2)), (Lengths{2}));
  EXPECT_EQ(rows.tokens, 22);
}

TEST(Packing, OfNothingIsNoRow) {
  EXPECT_EQ(pack_rows({}, 8).count(), 0);
  EXPECT_EQ(single_rows({}).count(), 0);
}

TEST(Packing, CanBeSwitchedOff) {
  const std::vector<Piece> pieces{{0, 3}, {3, 2}, {5, 4}};
  const Rows rows = single_rows(pieces);
  ASSERT_EQ(rows.count(), 3);
  for (std::int64_t i = 0; i < 3; ++i)
    EXPECT_EQ(lengths(rows.row(i)), Lengths{pieces[static_cast<std::size_t>(i)].tokens});
  EXPECT_EQ(rows.tokens, 9);
}

/// Documents of random lengths and flags; token ids are unique.
Documents random_documents(const Philox& random, std::uint32_t count, std::uint32_t longest) {
  Documents documents;
  std::int32_t next = 1000;
  std::uint64_t at = 0;
  for (std::uint32_t d = 0; d < count; ++d) {
    const std::int64_t tokens = 1 + random.below(at++, longest);
    std::vector<std::uint8_t> loss;
    const bool sparse = random.below(at++, 3) == 0;
    for (std::int64_t i = 0; i < tokens; ++i)
      loss.push_back(!sparse || random.below(at++, 8) == 0 ? 1 : 0);
    documents.append(document(next, tokens, std::move(loss)));
    next += static_cast<std::int32_t>(tokens);
  }
  return documents;
}

TEST(Packing, LearnsEveryTargetOnceInAnyCorpus) {
  for (std::uint32_t round = 0; round < 200; ++round) {
    const Philox random(round, Stream::kSample, 77);
    const std::int64_t context = 2 + random.below(0, 40);
    const Documents documents =
        random_documents(random, 1 + random.below(1, 60), 1 + random.below(2, 90));
    const LongDocument policy = round % 2 ? LongDocument::kSplit : LongDocument::kTruncate;
    CutCounts counts;
    const auto pieces = cut(documents, context, policy, counts);
    const Rows rows = round % 5 ? pack_rows(pieces, context) : single_rows(pieces);

    std::map<std::int32_t, int> wanted, found;
    for (const Documents::Extent& extent : documents.extents)
      for (auto i = extent.begin; i < extent.end; ++i) {
        const auto inside = i - extent.begin;
        if (policy == LongDocument::kTruncate && inside >= context) break;
        if (documents.loss[static_cast<std::size_t>(i)] && inside % context != 0)
          ++wanted[documents.ids[static_cast<std::size_t>(i)]];
      }

    std::int64_t tokens = 0;
    Batch batch(context);
    for (std::int64_t row = 0; row < rows.count(); ++row) {
      batch.clear();
      for (const Piece& piece : rows.row(row))
        batch.append(ids_of(documents, piece), loss_of(documents, piece), piece.line);
      EXPECT_LE(batch.tokens, context);
      EXPECT_GT(batch.loss_tokens, 0);
      tokens += batch.tokens;
      for (std::size_t i = 0; i < batch.ids.size(); ++i) {
        const bool first = batch.positions[i] == 0;
        EXPECT_EQ(batch.segment_begin[i], static_cast<std::int32_t>(i) - batch.positions[i]);
        if (!first) {
          EXPECT_EQ(batch.ids[i], batch.ids[i - 1] + 1);
        }
        if (batch.targets[i] == kNoTarget) continue;
        EXPECT_EQ(batch.targets[i], batch.ids[i] + 1);
        ++found[batch.targets[i]];
      }
    }
    EXPECT_EQ(found, wanted) << "round " << round;
    EXPECT_EQ(tokens, rows.tokens);
    EXPECT_EQ(tokens + counts.dropped_tokens, static_cast<std::int64_t>(documents.ids.size()));
  }
}

TEST(Packing, WastesLittle) {
  const Philox random(5, Stream::kSample);
  std::vector<Piece> pieces;
  for (std::uint32_t i = 0; i < 20000; ++i) pieces.push_back({0, 2 + random.below(i, 400)});
  const Rows rows = pack_rows(pieces, 1024);
  EXPECT_GT(static_cast<double>(rows.tokens), 0.99 * 1024 * static_cast<double>(rows.count()));
}

}  // namespace
}  // namespace lab
