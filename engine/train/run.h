// A training run from its first step to its last: schedule, validation, saving, and what to report.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "adapter/model_writer.h"
#include "adapter/peft_file.h"
#include "data/dataset.h"
#include "train/checkpoint.h"
#include "train/run_settings.h"
#include "train/trainer.h"

namespace lab {

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
  /// The disk is full. true tries to save again, and may first wait for space; false ends the run.
  virtual bool try_again(const Error& error) { (void)error; return false; }
  /// The step was not applied, because of `error`; the run goes on with the next rows.
  virtual void on_skipped(const Error& error) { (void)error; }
  /// Asked between steps: true ends the run with a checkpoint.
  virtual bool stop_wanted() { return false; }
};

struct RunReport {
  std::int64_t steps = 0, tokens = 0;
  double loss_first = 0, loss_last = 0;          ///< of the first and last step
  double val_loss_first = 0, val_loss_last = 0;  ///< before training and at the end; NaN without validation
  double tokens_per_s = 0;                       ///< of the steps alone, without validation and saving
  double steps_s = 0, saving_s = 0;              ///< time spent in each, in this process
  std::int64_t skipped = 0;                      ///< steps that were not applied, see RunSettings
  bool interrupted = false;
};

/// Where a run writes, and what it is about.
struct RunPlace {
  std::string folder;
  std::string base_model;            ///< for adapter_config.json
  std::string model_sha256;
  const ModelSource* source = nullptr;
  std::string program = {}, device = {};  ///< for the checkpoint: what writes it
};

/// Does the run look up what frozen layers make of rows that come again? With several rows a micro-batch each epoch mixes others.
inline bool remembers_frozen_layers(const RunSettings& settings) { return settings.batch == 1; }

/// Trains until settings.steps are done. `trainer` holds initial values, or those of `resumed`.
/// A step that is not finite is skipped as settings.skip_nonfinite allows; beyond it the state before it
/// is saved and the run ends with its error. Other errors end the run too; what was saved stays.
Result<RunReport> run_training(Trainer& trainer, const Dataset& dataset, const RunSettings& settings,
                               const RunPlace& place, const CheckpointInfo* resumed, RunListener& listener);

/// Writes what has been trained so far: the adapter as a PEFT folder, or a whole model (model.gguf, or
/// a Hugging Face folder's files, as the base is).
Status save_trained(const Trainer& trainer, const RunSettings& settings, const RunPlace& place);

}  // namespace lab
