// TrainingRun: a training run that goes on step by step, as JavaScript asks for it.
#pragma once

#include <limits>
#include <memory>

#include "adapter/adapter_values.h"
#include "data/cursor.h"
#include "data/dataset.h"
#include "file/json.h"
#include "objects.h"
#include "train/checkpoint.h"
#include "train/run_settings.h"
#include "train/trainer.h"

namespace lab::wasm {

/// The defaults with what the caller gave. kBadArgument for a setting that does not exist.
Result<RunSettings> settings_of(const Json& given);
/// The corpus that `settings.data` names, in rows.
Result<Dataset> dataset_of(const OpenTokenizer& text, const RunSettings& settings);
/// What the settings say is trained.
Result<Trainable> trainable_of(const Model& base, const RunSettings& settings);

inline constexpr double kNoLoss = std::numeric_limits<double>::quiet_NaN();
/// As a checkpoint keeps them.
struct RunLosses {
  double first = kNoLoss, last = kNoLoss, val_first = kNoLoss, val_last = kNoLoss;
  std::int64_t skipped = 0;
};

class TrainingRun {
 public:
  /// `settings` are the keys of run_settings_from_json(); those that are missing have their defaults. Where
  /// `checkpoint` names a folder with a checkpoint, its settings count and the run goes on from it.
  static Result<std::shared_ptr<TrainingRun>> start(std::shared_ptr<OpenModel> model, const Json& settings,
                                                    const std::string& checkpoint);

  /// The next update: step, tokens, loss, lr, grad_norm, tokens_per_s.
  Result<Json> step();
  /// Summed loss and loss tokens of one held-out row; after the last the mean is noted for report().
  Result<Json> validate(std::int64_t row);
  /// How many parameters differ from where the run began, how far, and the losses before and after.
  Result<Json> proof() const;
  /// Writes the adapter as it is now as a PEFT folder, or as a GGUF file if the name ends so; of a whole
  /// model the same, with matrices of the type `dtype`.
  Status save(const std::string& path, DType dtype) const;
  /// Writes a checkpoint into `folder`, as lora-lab train does.
  Status checkpoint(const std::string& folder) const;
  /// What is to be trained on what: parameters, steps, samples, tokens, bytes.
  Json describe() const;

  const OpenModel& base() const { return *model_; }
  const Trainer& trainer() const { return *trainer_; }
  /// The adapter as it is now; only of a run that trains one.
  AdapterValues values() const;
  /// The ids of the run's first training row, `most` of them.
  std::vector<std::int32_t> sample_ids(std::int64_t most) const;

  /// What of the module's memory was in use when the run had begun, and the most that was while it began, stepped,
  /// validated or saved, without what answers took in between.
  std::uint64_t resting_bytes = 0, peak_bytes = 0;

 private:
  Status prepare();
  Status resume(const CheckpointInfo& saved, const std::string& folder);

  std::shared_ptr<OpenModel> model_;
  RunSettings settings_;
  Dataset dataset_;
  std::unique_ptr<Device> device_;
  std::unique_ptr<Trainer> trainer_;
  std::unique_ptr<Cursor> cursor_;
  std::vector<Batch> micro_;
  Trainer::Loss held_out_;           ///< of the rows that validate() has seen
  std::int64_t tokens_ = 0;
  RunLosses losses_;
};

}  // namespace lab::wasm
