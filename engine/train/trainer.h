// Trainer: the device memory of a training run and its step: gradients of a batch, clipping, AdamW.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/result.h"
#include "data/batch.h"
#include "device/arena.h"
#include "model/packed_tokens.h"
#include "model/transformer.h"
#include "train/frozen_store.h"
#include "train/optimizer.h"
#include "train/trainable.h"

namespace lab {

struct TrainerOptions {
  AdamWSettings adamw{};
  double clip = 1.0;                 ///< largest gradient norm; 0 leaves gradients alone
  double dropout = 0;
  std::uint64_t seed = 0;
  Recompute recompute = Recompute::kNone;
  std::int64_t context = 0;          ///< longest document piece: positions run below it
  std::int64_t micro_tokens = 0;     ///< most tokens of one micro-batch
  std::int64_t micro_loss_tokens = 0; ///< most of them that carry a loss; 0: all
  std::int64_t micro_batches = 1;    ///< micro-batches of one step (gradient accumulation)
};

struct StepResult {
  double loss = 0;                   ///< mean over the step's loss tokens, before the update
  double grad_norm = 0;              ///< before clipping
  std::int64_t tokens = 0, loss_tokens = 0;
};

/// Device memory by purpose, in bytes.
struct TrainerMemory {
  std::uint64_t parameters = 0, gradients = 0, moments = 0, tables = 0, activations = 0;
  std::uint64_t total() const { return parameters + gradients + moments + tables + activations; }
};

class Trainer {
 public:
  /// Works out the memory by running a step of the largest shape on a counting device, then takes it
  /// in one block. kOutOfMemory.
  static Result<std::unique_ptr<Trainer>> create(Device& device, const Model& base, Trainable trainable,
                                                 const TrainerOptions& options);
  /// What create() would take, without taking it.
  static TrainerMemory measure(const Device& device, const Model& base, const Trainable& trainable,
                               const TrainerOptions& options);

  /// One update from the micro-batches' mean loss, with `lr`. kNotFinite, with nothing changed, if the
  /// loss or gradient is not finite; kEmpty if no token carries a loss.
  Result<StepResult> step(std::span<const Batch> micro_batches, double lr);

  /// Looks up what frozen layers make of a batch that came before; results keep every bit. Takes host memory for one batch.
  void remember_frozen(std::unique_ptr<FrozenStore> store);
  /// Layers below the first that is trained.
  std::int64_t frozen_layers() const { return model_.first_trained_layer(); }

  struct Loss { double sum = 0; std::int64_t tokens = 0; };
  /// Summed next-token loss of one batch, without gradients.
  Loss evaluate(const Batch& batch);

  const Model& model() const { return model_; }
  const Trainable& trainable() const { return trainable_; }
  const TrainerMemory& memory() const { return memory_; }
  std::int64_t steps_done() const { return steps_done_; }

  // The whole changing state: with these three and steps_done a run continues identically.
  Reals params() const { return params_; }
  Reals moment1() const { return m_; }
  Reals moment2() const { return v_; }
  Device& device() const { return device_; }
  /// After params() (and moments) were written from outside.
  void restored(std::int64_t steps_done);

 private:
  Trainer(Device& device, const Model& base, Trainable trainable, const TrainerOptions& options);
  void take_memory(Arena arena);
  void run(const Batch& batch, Reals losses, double gradient_scale, bool gradient, std::uint64_t dropout_seed);
  Result<double> sum_losses(const Batch& batch, std::int64_t first) const;

  Device& device_;
  Model model_;
  Trainable trainable_;
  TrainerOptions options_;
  TrainerMemory memory_;
  PackedTokens packed_;
  Arena arena_;                      ///< what a step takes and gives back
  Reals params_, grads_, m_, v_, norms_, losses_, clip_;
  DeviceRope rope_;
  std::vector<LayerKept> kept_;
  std::vector<std::int32_t> loss_rows_, loss_targets_;
  mutable std::vector<float> host_losses_;
  std::unique_ptr<FrozenStore> frozen_store_;
  std::vector<float> host_hidden_;   ///< one batch, for the store
  std::int64_t steps_done_ = 0;
};

}  // namespace lab
