#include "plan/calibrate.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <vector>

#include "adapter/adapter_values.h"
#include "device/cpu/cpu_device.h"

namespace lab {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::int64_t kMostLayers = 6;  // more would take long, fewer stretch the line too far
constexpr double kEnough_s = 1.5;

/// The middle one: what the run will meet is the machine as it is, not its best moment.
double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  return *middle;
}

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
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

/// The model cut down to a few layers, and how long its steps took.
struct Cut {
  std::unique_ptr<Trainer> trainer;
  double create_s = 0;
  std::vector<double> step_s, forward_s;
};

Result<Cut> make_cut(Device& device, const Model& base, const Trainable& trainable, TrainerOptions options, std::int64_t layers) {
  const Model part = last_layers(base, layers);
  options.micro_batches = 1;
  Cut cut;
  const auto start = Clock::now();
  LAB_TRY(cut.trainer, Trainer::create(device, part, trained_part(trainable, base, part), options));
  cut.create_s = seconds_since(start);
  // DoRA divides by norms that come with the first magnitudes.
  if (const AdapterPlan* plan = cut.trainer->trainable().adapter()) initial_magnitudes(device, cut.trainer->model(), *plan, cut.trainer->params());
  return cut;
}

Status time_once(Cut& cut, const Batch& batch) {
  const auto start = Clock::now();
  LAB_CHECK(cut.trainer->step(std::span(&batch, 1), 0.0));
  cut.step_s.push_back(seconds_since(start));
  const auto middle = Clock::now();
  cut.trainer->evaluate(batch);
  cut.forward_s.push_back(seconds_since(middle));
  return {};
}

}  // namespace

Result<StepTime> calibrate(ThreadPool& pool, const Model& base, const Trainable& trainable, const TrainerOptions& options,
                           const Batch& batch, Precision precision) {
  const auto device = make_cpu_device(pool, precision);
  const std::int64_t many = std::min(kMostLayers, base.config.layers);
  LAB_TRY(Cut one, make_cut(*device, base, trainable, options, 1));
  LAB_TRY(Cut more, make_cut(*device, base, trainable, options, many));
  // The first round fills the caches. Both cuts take turns, so that what else the machine does
  // slows them alike.
  LAB_CHECK(time_once(one, batch));
  LAB_CHECK(time_once(more, batch));
  one.step_s.clear(), one.forward_s.clear(), more.step_s.clear(), more.forward_s.clear();
  const auto start = Clock::now();
  for (int round = 0; round < 4 || (round < 9 && seconds_since(start) < kEnough_s); ++round) {
    LAB_CHECK(time_once(one, batch));
    LAB_CHECK(time_once(more, batch));
  }

  StepTime time;
  time.tokens = static_cast<double>(batch.tokens);
  const double one_s = median(one.step_s), one_forward_s = median(one.forward_s);
  if (many > 1) {
    const double extra = static_cast<double>(many - 1);
    time.layer_s = std::max(0.0, (median(more.step_s) - one_s) / extra);
    time.layer_forward_s = std::max(0.0, (median(more.forward_s) - one_forward_s) / extra);
  }
  time.touch_s_per_byte = more.create_s / static_cast<double>(more.trainer->memory().total());
  time.rest_s = std::max(0.0, one_s - time.layer_s);
  time.rest_forward_s = std::max(0.0, one_forward_s - time.layer_forward_s);
  return time;
}

}  // namespace lab
