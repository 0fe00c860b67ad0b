// plan_training(): what a run would need, from the run itself on a counting device and a short
// measurement of the real kernels on this machine.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/thread_pool.h"
#include "data/dataset.h"
#include "model/source.h"
#include "train/run_settings.h"
#include "train/trainer.h"

namespace lab {

struct Plan {
  double eta_s = 0;                  ///< of the whole run: steps, validations, saving
  double tokens_per_s = 0;           ///< of the steps
  std::uint64_t peak_bytes = 0;      ///< largest resident set of this process
  double flops_per_token = 0;        ///< of a step, counted
  TrainerMemory memory;
  Recompute recompute = Recompute::kNone;
  bool fits = true;
  std::vector<std::string> reasons;  ///< sentences: why not, or what was chosen and why
};

struct PlanRequest {
  const Model& base;
  const ModelSource& source;
  const Trainable& trainable;
  const Dataset& dataset;
  RunSettings settings;
  std::string folder;                ///< on the disk that the run will save to; "": saving costs nothing
  bool may_recompute = false;        ///< recompute layers if the run would not fit otherwise
};

/// Takes a second or two. Leaves nothing behind.
Result<Plan> plan_training(ThreadPool& pool, const PlanRequest& request);

}  // namespace lab
