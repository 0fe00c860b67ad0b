// build_dataset(): from a corpus file to rows of tokens for training and validation.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/mapped_file.h"
#include "base/result.h"
#include "data/batch.h"
#include "data/documents.h"
#include "data/encode.h"
#include "data/packing.h"

namespace lab {

struct DatasetOptions {
  std::int64_t context = 1024;  ///< most tokens of a row, >= 2
  LossOn loss = LossOn::kAnswers;
  bool pack = true;  ///< false: every document has a row of its own
  /// For samples of .jsonl files. A text file is always split.
  LongDocument long_samples = LongDocument::kTruncate;
  double val_fraction = 0;  ///< in [0, 1): share of the samples, or pieces of a text, held out
  std::uint64_t seed = 0;   ///< of the choice of what is held out
};

struct DatasetStats {
  std::int64_t samples = 0;
  std::int64_t tokens = 0;  ///< of all samples
  std::int64_t train_tokens = 0, train_loss_tokens = 0;
  std::int64_t val_tokens = 0, val_loss_tokens = 0;
  CutCounts cut;
  double row_use = 0;  ///< share of the training rows' room that holds tokens
};

struct Dataset {
  Documents documents;
  Rows train, validation;
  DatasetStats stats;
  std::string corpus_sha256;  ///< of the file, in hexadecimal
  std::string rows_sha256;    ///< of the tokens, which of them are learnt, and the training rows

  /// Adds a row of `rows`, which is train or validation, to `batch`.
  void append_row(const Rows& rows, std::int64_t row, Batch& batch) const;
};

/// Reads, encodes, cuts, splits and packs. A .jsonl file is split into training and validation by
/// samples, so that no sample is in both; a file of a single sample by its pieces, at random
/// places, because the end of a text is rarely like the rest of it. kBadArgument for options out of
/// range; kEmpty if no sample has anything to learn from; errors of CorpusReader, SampleEncoder and
/// cut_document(), all with file and line.
Result<Dataset> build_dataset(std::shared_ptr<const ByteSource> corpus,
                              std::shared_ptr<const Tokenizer> tokenizer,
                              std::optional<ChatTemplate> chat_template,
                              const DatasetOptions& options);

}  // namespace lab
