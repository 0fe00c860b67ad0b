#include "data/dataset.h"

#include <algorithm>

#include "base/cat.h"
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

Status encode_all(CorpusReader& reader, const SampleEncoder& encoder, Documents& documents) {
  Sample sample;
  for (;;) {
    LAB_TRY(const bool more, reader.next(sample));
    if (!more) return {};
    LAB_TRY(const Document document, encoder.encode(sample));
    documents.append(document);
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
Parts split(const std::vector<Piece>& pieces, std::int64_t documents,
            const DatasetOptions& options) {
  // Documents of which nothing is left take no part, so that validation is never empty by chance.
  std::vector<std::int64_t> unit_of{0};
  for (std::size_t i = 1; i < pieces.size(); ++i) {
    const bool next = documents == 1 || pieces[i].document != pieces[i - 1].document;
    unit_of.push_back(unit_of.back() + next);
  }
  const auto held_out = choose_validation(unit_of.back() + 1, options.val_fraction, options.seed);
  Parts parts;
  for (std::size_t i = 0; i < pieces.size(); ++i)
    (held_out[static_cast<std::size_t>(unit_of[i])] ? parts.validation : parts.train)
        .push_back(pieces[i]);
  return parts;
}

std::int64_t loss_tokens(const Documents& documents, const Rows& rows) {
  std::int64_t count = 0;
  for (const Piece& piece : rows.pieces)
    for (const std::uint8_t learnt : loss_of(documents, piece).subspan(1)) count += learnt;
  return count;
}

void count(const DatasetOptions& options, Dataset& dataset) {
  DatasetStats& stats = dataset.stats;
  stats.samples = static_cast<std::int64_t>(dataset.documents.extents.size());
  stats.tokens = static_cast<std::int64_t>(dataset.documents.ids.size());
  stats.train_tokens = dataset.train.tokens;
  stats.train_loss_tokens = loss_tokens(dataset.documents, dataset.train);
  stats.val_tokens = dataset.validation.tokens;
  stats.val_loss_tokens = loss_tokens(dataset.documents, dataset.validation);
  stats.row_use =
      static_cast<double>(stats.train_tokens) /
      (static_cast<double>(dataset.train.count()) * static_cast<double>(options.context));
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
  LAB_CHECK(check(options));
  LAB_TRY(CorpusReader reader, CorpusReader::open(corpus));
  const SampleEncoder encoder(tokenizer, std::move(chat_template), options.loss);
  Dataset dataset;
  if (auto status = encode_all(reader, encoder, dataset.documents); !status)
    return fail(std::move(status).error().in(corpus->name()));
  dataset.corpus_sha256 = sha256_hex(corpus->bytes());

  const auto documents = static_cast<std::int64_t>(dataset.documents.extents.size());
  const LongDocument policy = reader.is_plain_text() ? LongDocument::kSplit : options.long_samples;
  std::vector<Piece> pieces;
  for (std::int64_t i = 0; i < documents; ++i)
    if (auto status =
            cut_document(dataset.documents, i, options.context, policy, pieces, dataset.stats.cut);
        !status)
      return fail(std::move(status).error().in(corpus->name()));
  if (pieces.empty())
    return fail(Error{Code::kEmpty, documents == 0
                                        ? std::string("the corpus has no samples")
                                        : cat("none of the ", documents,
                                              " samples has a token to learn within the context")}
                    .in(corpus->name())
                    .fix(documents == 0
                             ? "Write one sample a line."
                             : "Raise the context, shorten the prompts, or learn all tokens."));
  if (reader.is_plain_text()) number_lines(*tokenizer, dataset.documents, pieces);

  const Parts parts = split(pieces, documents, options);
  const auto rows = [&](const std::vector<Piece>& part) {
    return options.pack ? pack_rows(part, options.context) : single_rows(part);
  };
  dataset.train = rows(parts.train);
  dataset.validation = rows(parts.validation);
  count(options, dataset);
  return dataset;
}

}  // namespace lab
