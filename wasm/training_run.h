// TrainingRun: a training run that goes on step by step, as JavaScript asks for it.
#pragma once

#include <memory>

#include "data/cursor.h"
#include "data/dataset.h"
#include "file/json.h"
#include "objects.h"
#include "train/checkpoint.h"
#include "train/run_settings.h"
#include "train/trainer.h"

namespace lab::wasm {

class TrainingRun {
 public:
  /// `settings` are the keys of run_settings_from_json(); those that are missing have their defaults. Where
  /// `checkpoint` names a folder with a checkpoint, its settings count and the run goes on from it.
  static Result<std::shared_ptr<TrainingRun>> start(std::shared_ptr<OpenModel> model, const Json& settings,
                                                    const std::string& checkpoint);

  /// Time and memory of such a run before it starts: eta_s, tokens_per_s, peak_bytes, fits, reasons ...
  static Result<Json> plan(std::shared_ptr<OpenModel> model, const Json& settings);

  /// The next update: step, tokens, loss, lr, grad_norm, tokens_per_s.
  Result<Json> step();
  /// Mean loss of the held-out rows; null if there are none.
  Json validate();
  /// Writes the adapter as it is now as a PEFT folder, or as a GGUF file if the name ends so.
  Status save(const std::string& path) const;
  /// Writes a checkpoint into `folder`, as lora-lab train does.
  Status checkpoint(const std::string& folder) const;
  /// What is to be trained on what: parameters, steps, samples, tokens, bytes.
  Json describe() const;

 private:
  Status read(std::shared_ptr<const ByteSource> corpus);
  Status prepare(std::shared_ptr<const ByteSource> corpus);
  Status resume(const CheckpointInfo& saved, const std::string& folder);

  std::shared_ptr<OpenModel> model_;
  RunSettings settings_;
  Dataset dataset_;
  std::unique_ptr<Device> device_;
  std::unique_ptr<Trainer> trainer_;
  std::unique_ptr<Cursor> cursor_;
  std::vector<Batch> micro_;
  std::int64_t tokens_ = 0;
  Json history_ = Json::Object{};    ///< first and last losses, as a checkpoint keeps them
};

}  // namespace lab::wasm
