#include "plan/run_shape.h"

#include <gtest/gtest.h>

namespace lab {
namespace {

/// A row for each document of these lengths; all of it is learnt but its first token.
Dataset dataset_of(std::initializer_list<int> lengths) {
  Dataset dataset;
  std::vector<Piece> pieces;
  CutCounts counts;
  for (const int length : lengths) {
    Document document;
    document.ids.assign(static_cast<std::size_t>(length), 7);
    document.loss.assign(document.ids.size(), 1);
    dataset.documents.append(document);
    const auto number = static_cast<std::int64_t>(dataset.documents.extents.size()) - 1;
    EXPECT_TRUE(cut_document(dataset.documents, number, 64, LongDocument::kTruncate, pieces, counts));
  }
  dataset.train = single_rows(pieces);
  return dataset;
}

RunSettings run_of(std::int64_t steps, std::int64_t batch) {
  RunSettings settings;
  settings.context = 64;
  settings.steps = steps;
  settings.batch = batch;
  return settings;
}

TEST(TypicalBatch, IsTheOneNearestToTheMeanOfTheWholeCorpus) {
  const TypicalBatch typical = typical_batch(run_of(100, 1), dataset_of({60, 2, 2, 30, 2, 60}));
  EXPECT_DOUBLE_EQ(typical.mean_tokens, 26);
  EXPECT_EQ(typical.batch.tokens, 30);
}

TEST(TypicalBatch, CountsOnlyTheRowsThatAShortRunMeets) {
  const Dataset dataset = dataset_of({10, 20, 30, 40});
  const TypicalBatch typical = typical_batch(run_of(1, 1), dataset);
  EXPECT_DOUBLE_EQ(typical.mean_tokens, static_cast<double>(typical.batch.tokens));
  EXPECT_EQ(typical.batch.tokens, trainer_options(run_of(1, 1), dataset).micro_tokens);
}

TEST(TypicalBatch, HoldsAsManyRowsAsABatch) {
  const TypicalBatch typical = typical_batch(run_of(100, 4), dataset_of({10, 20, 30, 40}));
  EXPECT_DOUBLE_EQ(typical.mean_tokens, 100);
  EXPECT_EQ(typical.batch.tokens, 100);
}

TEST(TypicalBatch, RepeatsRowsOfACorpusThatIsSmallerThanABatch) {
  const TypicalBatch typical = typical_batch(run_of(5, 3), dataset_of({10}));
  EXPECT_DOUBLE_EQ(typical.mean_tokens, 30);
  EXPECT_EQ(typical.batch.tokens, 30);
}

}  // namespace
}  // namespace lab
