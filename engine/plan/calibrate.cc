#include "plan/calibrate.h"

#include <algorithm>
#include <chrono>

#include "adapter/adapter_values.h"
#include "device/cpu/cpu_device.h"

namespace lab {
namespace {

using Clock = std::chrono::steady_clock;

template <class Work>
double best_of(int times, const Work& work) {
  double best = 1e30;
  for (int i = 0; i < times; ++i) {
    const auto start = Clock::now();
    work();
    best = std::min(best, std::chrono::duration<double>(Clock::now() - start).count());
  }
  return best;
}

/// The model's last `layers` layers.
Model last_layers(const Model& base, std::int64_t layers) {
  Model model = base;
  model.layers.erase(model.layers.begin(), model.layers.end() - layers);
  model.config.windows.erase(model.config.windows.begin(), model.config.windows.end() - layers);
  model.config.layers = layers;
  return model;
}

/// What is trained of those layers; a layer without pairs of its own borrows none.
Trainable trained_part(const Trainable& whole, const Model& base, const Model& part) {
  if (whole.full()) return Trainable(plan_full(part));
  AdapterPlan plan;
  const std::int64_t skipped = base.config.layers - part.config.layers;
  for (PairPlan pair : whole.adapter()->pairs) {
    if (pair.place == PairPlan::Place::kSlot && (pair.layer -= skipped) < 0) continue;
    plan.pairs.push_back(std::move(pair));
  }
  return Trainable(std::move(plan));
}

struct Timed { double step_s, forward_s; };
Result<Timed> time_layers(ThreadPool& pool, const Model& base, const Trainable& trainable, TrainerOptions options, const Batch& batch,
                          std::int64_t layers) {
  const auto device = make_cpu_device(pool);
  const Model part = last_layers(base, layers);
  options.micro_batches = 1;
  LAB_TRY(auto trainer, Trainer::create(*device, part, trained_part(trainable, base, part), options));
  // DoRA divides by norms that come with the first magnitudes.
  if (const AdapterPlan* plan = trainer->trainable().adapter()) initial_magnitudes(*device, trainer->model(), *plan, trainer->params());
  Status status;
  const double step_s = best_of(3, [&] {
    auto result = trainer->step(std::span(&batch, 1), 0.0);
    if (!result) status = fail(std::move(result.error()));
  });
  LAB_CHECK(std::move(status));
  const double forward_s = best_of(2, [&] { trainer->evaluate(batch); });
  return Timed{step_s, forward_s};
}

}  // namespace

Result<StepTime> calibrate(ThreadPool& pool, const Model& base, const Trainable& trainable, const TrainerOptions& options,
                           const Batch& batch) {
  const std::int64_t many = std::min<std::int64_t>(4, base.config.layers);
  LAB_TRY(const Timed one, time_layers(pool, base, trainable, options, batch, 1));
  StepTime time;
  time.tokens = static_cast<double>(batch.tokens);
  if (many > 1) {
    LAB_TRY(const Timed more, time_layers(pool, base, trainable, options, batch, many));
    const double extra = static_cast<double>(many - 1);
    time.layer_s = std::max(0.0, (more.step_s - one.step_s) / extra);
    time.layer_forward_s = std::max(0.0, (more.forward_s - one.forward_s) / extra);
  }
  time.rest_s = std::max(0.0, one.step_s - time.layer_s);
  time.rest_forward_s = std::max(0.0, one.forward_s - time.layer_forward_s);
  return time;
}

}  // namespace lab
