#include "plan/plan.h"

#include <algorithm>

#include "base/cat.h"
#include "device/count/count_device.h"
#include "plan/calibrate.h"
#include "plan/machine_memory.h"
#include "plan/run_shape.h"
#include "plan/saving_time.h"
#include "train/run.h"

namespace lab {
namespace {

/// Reads one byte of every page of the weights: they will be resident in the run, so they count.
std::uint64_t touch_weights(const ModelSource& source) {
  volatile unsigned char sink = 0;
  std::uint64_t total = 0;
  for (const std::string& name : source.tensor_names()) {
    const TensorView* view = source.tensor(name);
    if (view == nullptr) continue;
    for (std::size_t at = 0; at < view->bytes.size(); at += 4096) sink = static_cast<unsigned char>(view->bytes[at]);
    total += view->bytes.size();
  }
  (void)sink;
  return total;
}

/// Host memory that saving takes for a moment: an adapter in two row orders, or one tensor of a model.
std::uint64_t saving_bytes(const Trainable& trainable) {
  if (trainable.adapter()) return static_cast<std::uint64_t>(trainable.parameters()) * 8;
  std::int64_t largest = 0;
  for (const FullTensor& tensor : trainable.full()->tensors) largest = std::max(largest, tensor.count);
  return static_cast<std::uint64_t>(largest) * 12;
}

/// What a run writes: the trained values as they are used, and as often a checkpoint of them and both moments.
double saved_bytes(const PlanRequest& request) {
  const RunSettings& s = request.settings;
  const double saves = 1.0 + (s.save_every > 0 ? static_cast<double>((s.steps - 1) / s.save_every) : 0.0);
  return saves * 16.0 * static_cast<double>(request.trainable.parameters());
}

/// FLOPs of a micro-batch, by running it on a device that only counts.
std::uint64_t counted_flops(const PlanRequest& request, const TrainerOptions& options, const Batch& batch) {
  CountDevice counting;
  auto trainer = Trainer::create(counting, request.base, request.trainable, options);
  counting.clear_counts();
  (void)(*trainer)->step(std::span(&batch, 1), 0.0);
  return counting.counts().total().flops;
}

/// What a run with `recompute` takes of the device.
TrainerMemory run_memory(const PlanRequest& request, Recompute recompute) {
  TrainerOptions options = trainer_options(request.settings, request.dataset);
  options.recompute = recompute;
  return Trainer::measure(CountDevice(), request.base, request.trainable, options);
}

void judge_memory(const PlanRequest& request, Plan& plan) {
  const std::uint64_t before = resident_bytes(), room = available_bytes();
  auto measure = [&](Recompute recompute) {
    plan.recompute = recompute;
    plan.memory = run_memory(request, recompute);
    plan.peak_bytes = before + plan.memory.total() + saving_bytes(request.trainable);
    plan.fits = plan.memory.total() + saving_bytes(request.trainable) <= room;
  };
  measure(request.settings.recompute);
  if (!plan.fits && request.may_recompute && plan.recompute == Recompute::kNone) {
    measure(Recompute::kLayers);
    plan.reasons.push_back("Memory is short, so layers are recomputed in the backward; that takes about a third longer.");
  }
  if (!plan.fits)
    plan.reasons.insert(plan.reasons.begin(), cat("The run needs ", plan.memory.total() / 1000000, " MB more memory and this machine has ", room / 1000000, " MB left"));
}

}  // namespace

Result<Plan> plan_training(ThreadPool& pool, const PlanRequest& request) {
  const RunSettings& s = request.settings;
  Plan plan;
  touch_weights(request.source);
  judge_memory(request, plan);
  TrainerOptions options = trainer_options(s, request.dataset);
  options.recompute = plan.recompute;

  const auto [batch, mean_tokens] = typical_batch(s, request.dataset);
  options.micro_batches = 1;
  plan.flops_per_token = static_cast<double>(counted_flops(request, options, batch)) / static_cast<double>(batch.tokens);
  if (!plan.fits) return plan;
  LAB_TRY(const StepTime time, calibrate(pool, request.base, request.trainable, options, batch, s.precision));

  const double layers = static_cast<double>(request.base.config.layers);
  Model attached = request.base;
  CountDevice scratch;
  const Reals marks{0, request.trainable.parameters(), 4};
  request.trainable.attach(scratch, attached, marks, marks, Reals{0, request.trainable.norms(), 4});
  const double frozen = static_cast<double>(attached.first_trained_layer());
  const double met = static_cast<double>(s.steps * s.grad_accum), rows = static_cast<double>(request.dataset.train.count());
  const double computed = remembers_frozen_layers(s) ? std::min(1.0, rows / met) : 1.0;  // share of the micro-batches
  const double micro_s = computed * frozen * time.layer_forward_s + (layers - frozen) * time.layer_s + time.rest_s;
  const double forward_s = layers * time.layer_forward_s + time.rest_forward_s;
  const double tokens = mean_tokens * static_cast<double>(s.grad_accum * s.steps);
  const double steps_s = tokens * micro_s / time.tokens;
  plan.tokens_per_s = tokens / steps_s;
  const double validations = request.dataset.validation.count() == 0 ? 0 : 2.0 + (s.eval_every > 0 ? static_cast<double>((s.steps - 1) / s.eval_every) : 0.0);
  plan.eta_s = steps_s + static_cast<double>(plan.memory.total()) * time.touch_s_per_byte + validations * static_cast<double>(request.dataset.validation.tokens) * forward_s / time.tokens;
  if (!request.folder.empty()) plan.eta_s += saved_bytes(request) * saving_s_per_byte(request.folder);
  return plan;
}

}  // namespace lab
