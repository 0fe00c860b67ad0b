// A training step on made-up tokens, and where its time goes.
#pragma once

#include <memory>

#include "data/batch.h"
#include "file/json.h"
#include "train/trainer.h"
#include "workbench.h"

namespace lab::cli {

struct BenchStep {
  std::unique_ptr<Trainer> trainer;
  Batch batch;

  void run() { (void)trainer->step(std::span(&batch, 1), 1e-4); }
};

/// LoRA of `rank` on all linear layers, one row of `tokens` tokens, all of them learnt.
Result<BenchStep> make_bench_step(Device& device, const Workbench& bench, std::int64_t tokens, std::int64_t rank);

/// Times a step's operations, prints them as a table if `print`, and gives them as `rows`.
Result<Json> profile_step(const Workbench& bench, std::int64_t tokens, std::int64_t rank, double peak_flops, bool print);

}  // namespace lab::cli
