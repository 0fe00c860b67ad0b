// A training run from its first step to its last: schedule, validation, saving, and what to report.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "data/dataset.h"
#include "train/checkpoint.h"
#include "train/trainer.h"

namespace lab {

struct RunSettings {
  LoraConfig lora;                   ///< unused in a full fine-tune
  bool full = false;                 ///< every weight in float32 instead of an adapter
  AdamWSettings adamw;
  Schedule schedule = Schedule::kLinear;
  std::int64_t warmup = 0;           ///< steps
  double clip = 1.0;
  std::int64_t steps = 0;            ///< in all, the resumed part included
  std::int64_t context = 256, batch = 1, grad_accum = 1;
  std::uint64_t seed = 0;
  std::int64_t eval_every = 0, save_every = 0;  ///< steps; 0: only at the end
  Recompute recompute = Recompute::kNone;
};
/// The settings that must be the same for a resumed run to be the same run.
Json settings_json(const RunSettings& settings);

struct StepRecord {
  std::int64_t step = 0, tokens = 0; ///< after this step
  double loss = 0, lr = 0, grad_norm = 0, tokens_per_s = 0;
};

/// What happens during a run. All calls come from the thread that runs it.
class RunListener {
 public:
  virtual ~RunListener() = default;
  virtual void on_step(const StepRecord&) {}
  virtual void on_validation(std::int64_t step, double loss) { (void)step, (void)loss; }
  virtual void on_saved(std::int64_t step) { (void)step; }
  /// Asked between steps: true ends the run with a checkpoint.
  virtual bool stop_wanted() { return false; }
};

struct RunReport {
  std::int64_t steps = 0, tokens = 0;
  double loss_first = 0, loss_last = 0;          ///< of the first and last step
  double val_loss_first = 0, val_loss_last = 0;  ///< before training and at the end; NaN without validation
  double tokens_per_s = 0;                       ///< of the steps alone, without validation and saving
  bool interrupted = false;
};

/// Where a run writes, and what it resumes from.
struct RunPlace {
  std::string folder;
  std::string base_model;            ///< for adapter_config.json
  std::string model_sha256;
};

/// Writes the adapter (PEFT folder) or, in a full fine-tune, the model into the run's folder.
using SaveModel = Status (*)(const Trainer&, const RunSettings&, const RunPlace&, const ModelSource&);

/// Trains until settings.steps are done. `trainer` holds initial values, or those of `resumed`.
/// Errors of a step (kNotFinite) end the run; what was saved stays.
Result<RunReport> run_training(Trainer& trainer, const Dataset& dataset, const RunSettings& settings,
                               const RunPlace& place, const CheckpointInfo* resumed, RunListener& listener);

/// The run's present adapter in `place.folder`, complete for PEFT.
Status save_adapter(const Trainer& trainer, const RunSettings& settings, const RunPlace& place);

}  // namespace lab
