#include "data/dataset.h"

#include <algorithm>

#include "base/cat.h"
#include "base/out_of_memory.h"
#include "base/sha256.h"
#include "data/corpus.h"
#include "data/split.h"

namespace lab {
namespace {

Status check(const DatasetOptions& options) {
  if (options.context < 2)
    return fail(Error{Code::kBadArgument, "a context has at least 2 tokens"}.of("context"));
  if (!(options.val_fraction >= 0 && options.val_fraction < 1))
    return fail(Error{Code::kBadArgument, "the share of validation is at least 0 and below 1"}.of(
        "val-fraction"));
  return {};
}

/// The number of samples.
Result<std::int64_t> encode_all(CorpusReader& reader, const SampleEncoder& encoder,
                                Documents& documents) {
  Sample sample;
  for (std::int64_t samples = 0;; ++samples) {
    LAB_TRY(const bool more, reader.next(sample));
    if (!more) return samples;
    LAB_TRY(const auto encoded, encoder.encode(sample));
    for (const Document& document : encoded) documents.append(document);
  }
}

/// Pieces of a text begin where those before them end: counts the lines that these have.
void number_lines(const Tokenizer& tokenizer, const Documents& documents,
                  std::vector<Piece>& pieces) {
  std::int64_t line = 1;
  for (Piece& piece : pieces) {
    piece.line = line;
    line += std::ranges::count(tokenizer.decode(ids_of(documents, piece)), '\n');
  }
}

struct Parts {
  std::vector<Piece> train, validation;
};

/// `pieces` is not empty.
Parts split(const std::vector<Piece>& pieces, const DatasetOptions& options, bool one_sample) {
  // Samples of which nothing is left take no part, so that validation is never empty by chance.
  std::vector<std::int64_t> unit_of{0};
  for (std::size_t i = 1; i < pieces.size(); ++i) {
    const bool next = one_sample || pieces[i].line != pieces[i - 1].line;
    unit_of.push_back(unit_of.back() + next);
  }
  const auto held_out = choose_validation(unit_of.back() + 1, options.val_fraction, options.seed);
  Parts parts;
  for (std::size_t i = 0; i < pieces.size(); ++i)
    (held_out[static_cast<std::size_t>(unit_of[i])] ? parts.validation : parts.train)
        .push_back(pieces[i]);
  return parts;
}

std::unexpected<Error> nothing_to_learn(std::int64_t samples) {
  if (samples == 0)
    return fail(Error{Code::kEmpty, "the corpus has no samples"}.fix("Write one sample a line."));
  return fail(Error{Code::kEmpty, cat("none of the ", samples,
                                      " samples has a token to learn within the context")}
                  .fix("Raise the context, shorten the prompts, or learn all tokens."));
}

std::int64_t loss_tokens(const Documents& documents, const Rows& rows) {
  std::int64_t count = 0;
  for (const Piece& piece : rows.pieces)
    for (const std::uint8_t learnt : loss_of(documents, piece).subspan(1)) count += learnt;
  return count;
}

void count(const DatasetOptions& options, Dataset& dataset) {
  DatasetStats& stats = dataset.stats;
  stats.tokens = static_cast<std::int64_t>(dataset.documents.ids.size());
  stats.train_tokens = dataset.train.tokens;
  stats.train_loss_tokens = loss_tokens(dataset.documents, dataset.train);
  stats.val_tokens = dataset.validation.tokens;
  stats.val_loss_tokens = loss_tokens(dataset.documents, dataset.validation);
  stats.row_use =
      static_cast<double>(stats.train_tokens) /
      (static_cast<double>(dataset.train.count()) * static_cast<double>(options.context));
}

std::string hash_rows(const Dataset& dataset) {
  Sha256 hash;
  hash.update(std::as_bytes(std::span(dataset.documents.ids)));
  hash.update(std::as_bytes(std::span(dataset.documents.loss)));
  for (const Piece& piece : dataset.train.pieces) {
    const std::int64_t place[] = {piece.begin, piece.tokens};
    hash.update(std::as_bytes(std::span(place)));
  }
  hash.update(std::as_bytes(std::span(dataset.train.row_begin)));
  return hex(hash.finish());
}

/// Everything but the hashes; errors lack the file.
Result<Dataset> build(CorpusReader& reader, const Tokenizer& tokenizer,
                      const SampleEncoder& encoder, const DatasetOptions& options) {
  Dataset dataset;
  DatasetStats& stats = dataset.stats;
  LAB_TRY(stats.samples, encode_all(reader, encoder, dataset.documents));

  const LongDocument policy = reader.is_plain_text() ? LongDocument::kSplit : options.long_samples;
  const auto documents = static_cast<std::int64_t>(dataset.documents.extents.size());
  std::vector<Piece> pieces;
  for (std::int64_t i = 0; i < documents; ++i)
    LAB_CHECK(cut_document(dataset.documents, i, options.context, policy, pieces, stats.cut));
  if (pieces.empty()) return nothing_to_learn(stats.samples);
  if (reader.is_plain_text()) number_lines(tokenizer, dataset.documents, pieces);

  const Parts parts = split(pieces, options, stats.samples == 1);
  const auto rows = [&](const std::vector<Piece>& part) {
    return options.pack ? pack_rows(part, options.context) : single_rows(part);
  };
  dataset.train = rows(parts.train);
  dataset.validation = rows(parts.validation);
  count(options, dataset);
  return dataset;
}

}  // namespace

void Dataset::append_row(const Rows& rows, std::int64_t row, Batch& batch) const {
  for (const Piece& piece : rows.row(row))
    batch.append(ids_of(documents, piece), loss_of(documents, piece), piece.line);
}

Result<Dataset> build_dataset(std::shared_ptr<const ByteSource> corpus,
                              std::shared_ptr<const Tokenizer> tokenizer,
                              std::optional<ChatTemplate> chat_template,
                              const DatasetOptions& options) {
  return or_out_of_memory("reading the corpus", [&]() -> Result<Dataset> {
    LAB_CHECK(check(options));
    LAB_TRY(CorpusReader reader, CorpusReader::open(corpus));
    const SampleEncoder encoder(tokenizer, std::move(chat_template), options.loss);
    auto dataset = build(reader, *tokenizer, encoder, options);
    if (!dataset) return fail(std::move(dataset).error().in(corpus->name()));
    dataset->corpus_sha256 = sha256_hex(corpus->bytes());
    dataset->rows_sha256 = hash_rows(*dataset);
    return dataset;
  });
}

}  // namespace lab
