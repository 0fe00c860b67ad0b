#include "plan/run_shape.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "data/cursor.h"

namespace lab {
namespace {

struct RowSize {
  std::int64_t tokens = 0, loss_tokens = 0;

  void raise(const Dataset& dataset, const Rows& rows, std::int64_t number, Batch& scratch) {
    scratch.clear();
    dataset.append_row(rows, number, scratch);
    tokens = std::max(tokens, scratch.tokens);
    loss_tokens = std::max(loss_tokens, scratch.loss_tokens);
  }
};

/// The largest row of those that the run will train on: a short run need not meet the corpus' largest.
RowSize largest_trained_row(const Dataset& dataset, const RunSettings& s) {
  RowSize largest;
  Batch scratch(s.context);
  Cursor cursor(dataset.train.count(), s.seed);
  const std::int64_t met = std::min(dataset.train.count(), s.steps * s.grad_accum * s.batch);
  for (std::int64_t i = 0; i < met; ++i) largest.raise(dataset, dataset.train, cursor.next(), scratch);
  return largest;
}

RowSize largest_validation_row(const Dataset& dataset, const RunSettings& s) {
  RowSize largest;
  Batch scratch(s.context);
  for (std::int64_t i = 0; i < dataset.validation.count(); ++i) largest.raise(dataset, dataset.validation, i, scratch);
  return largest;
}

/// Micro-batches that the run meets before their rows come again.
std::int64_t met_batches(const Dataset& dataset, const RunSettings& s) {
  return std::clamp<std::int64_t>(dataset.train.count() / s.batch, 1, s.steps * s.grad_accum);
}

void fill(const Dataset& dataset, const RunSettings& s, Cursor& cursor, Batch& batch) {
  batch.clear();
  for (std::int64_t i = 0; i < s.batch; ++i) dataset.append_row(dataset.train, cursor.next(), batch);
}

}  // namespace

TypicalBatch typical_batch(const RunSettings& s, const Dataset& dataset) {
  const std::int64_t met = met_batches(dataset, s);
  TypicalBatch typical{Batch(s.batch * s.context), 0};
  double mean_loss_tokens = 0;
  Cursor cursor(dataset.train.count(), s.seed);
  for (std::int64_t i = 0; i < met; ++i) {
    fill(dataset, s, cursor, typical.batch);
    typical.mean_tokens += static_cast<double>(typical.batch.tokens) / static_cast<double>(met);
    mean_loss_tokens += static_cast<double>(typical.batch.loss_tokens) / static_cast<double>(met);
  }
  auto distance = [&](const Batch& batch) {
    return std::abs(static_cast<double>(batch.tokens) - typical.mean_tokens) + std::abs(static_cast<double>(batch.loss_tokens) - mean_loss_tokens);
  };
  double least = std::numeric_limits<double>::infinity();
  Batch batch(s.batch * s.context);
  cursor = Cursor(dataset.train.count(), s.seed);
  for (std::int64_t i = 0; i < met; ++i) {
    fill(dataset, s, cursor, batch);
    if (distance(batch) >= least) continue;
    least = distance(batch);
    std::swap(typical.batch, batch);
  }
  return typical;
}

TrainerOptions trainer_options(const RunSettings& s, const Dataset& dataset) {
  const RowSize trained = largest_trained_row(dataset, s), validated = largest_validation_row(dataset, s);
  TrainerOptions options;
  options.adamw = s.adamw;
  options.clip = s.clip;
  options.dropout = s.full ? 0 : s.lora.dropout;
  options.seed = s.seed;
  options.recompute = s.recompute;
  options.context = s.context;
  options.micro_tokens = std::max(trained.tokens, validated.tokens) * s.batch;
  options.micro_loss_tokens = std::max(trained.loss_tokens, validated.loss_tokens) * s.batch;
  options.micro_batches = s.grad_accum;
  return options;
}

}  // namespace lab
