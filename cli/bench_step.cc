#include "bench_step.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <vector>

#include "adapter/pair_plan.h"
#include "device/count/count_device.h"
#include "device/timed/timed_device.h"
#include "train/initial.h"

namespace lab::cli {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kSteps = 7;

/// Matrix products and attention; all else should cost little.
bool is_product(Operation operation) {
  return operation == Operation::kLinearForward || operation == Operation::kLinearBackward || operation == Operation::kAttentionForward ||
         operation == Operation::kAttentionBackward || operation == Operation::kEmbedPairForward || operation == Operation::kEmbedPairBackward;
}

struct Row {
  Operation operation;
  std::int64_t calls = 0;
  double seconds = 0, flops = 0, bytes = 0;
};

/// What the same step is on a device that only counts.
Result<Counts> counted_step(const Workbench& bench, std::int64_t tokens, std::int64_t rank) {
  CountDevice counting;
  LAB_TRY(BenchStep step, make_bench_step(counting, bench, tokens, rank));
  counting.clear_counts();
  step.run();
  return counting.counts();
}

/// The operations of the middle one of several steps, the dearest first; step_s is how long it took.
std::vector<Row> timed_operations(TimedDevice& device, BenchStep& step, const Counts& counts, double& step_s) {
  struct Sample {
    double seconds;
    std::vector<Row> rows;
  };
  std::vector<Sample> samples;
  step.run();
  for (int i = 0; i < kSteps; ++i) {
    device.clear_times();
    const auto start = Clock::now();
    step.run();
    Sample& sample = samples.emplace_back(std::chrono::duration<double>(Clock::now() - start).count());
    for (std::size_t o = 0; o < kOperations; ++o) {
      const auto operation = static_cast<Operation>(o);
      const auto& [calls, seconds] = device[operation];
      if (calls == 0) continue;
      const OperationCount& count = counts[operation];
      sample.rows.push_back({operation, calls, seconds, static_cast<double>(count.flops), static_cast<double>(count.bytes)});
    }
  }
  std::ranges::sort(samples, {}, &Sample::seconds);
  Sample& middle = samples[kSteps / 2];
  step_s = middle.seconds;
  std::ranges::sort(middle.rows, std::ranges::greater(), &Row::seconds);
  return middle.rows;
}

}  // namespace

Result<BenchStep> make_bench_step(Device& device, const Workbench& bench, std::int64_t tokens, std::int64_t rank) {
  const Model& model = bench.base;
  LoraConfig lora;
  lora.rank = rank;
  LAB_TRY(AdapterPlan plan, plan_adapter(model.config, lora));
  TrainerOptions options;
  options.context = options.micro_tokens = tokens;
  BenchStep step{nullptr, Batch(tokens)};
  LAB_TRY(step.trainer, Trainer::create(device, model, Trainable(std::move(plan)), options));
  LAB_CHECK(write_initial_values(*step.trainer, *bench.source, 0));
  std::vector<std::int32_t> ids;
  for (std::int64_t i = 0; i < tokens; ++i) ids.push_back(static_cast<std::int32_t>((i * 7919 + 1) % model.config.vocab));
  step.batch.append(ids, std::vector<std::uint8_t>(ids.size(), 1), 1);
  return step;
}

Result<Json> profile_step(const Workbench& bench, std::int64_t tokens, std::int64_t rank, double peak_flops, bool print) {
  LAB_TRY(const Counts counts, counted_step(bench, tokens, rank));
  TimedDevice device(*bench.device);
  LAB_TRY(BenchStep step, make_bench_step(device, bench, tokens, rank));
  double step_s = 0, rest_s = 0, timed_s = 0;
  const std::vector<Row> rows = timed_operations(device, step, counts, step_s);
  Json list = Json::Array{};
  if (print) std::printf("%-22s %6s %9s %7s %9s %8s %7s\n", "operation", "calls", "ms", "share", "GFLOPS", "of peak", "GB/s");
  for (const Row& row : rows) {
    timed_s += row.seconds;
    if (!is_product(row.operation)) rest_s += row.seconds;
    const double rate = row.flops / row.seconds, bandwidth = row.bytes / row.seconds;
    Json entry = Json::Object{};
    list.array().push_back(entry.set("operation", name(row.operation)).set("calls", row.calls).set("seconds", row.seconds)
                               .set("share", row.seconds / step_s).set("flops", row.flops).set("share_of_peak", rate / peak_flops)
                               .set("bytes_per_s", bandwidth));
    if (!print) continue;
    std::printf("%-22s %6lld %9.2f %5.1f %% ", std::string(name(row.operation)).c_str(), static_cast<long long>(row.calls), 1e3 * row.seconds,
                100 * row.seconds / step_s);
    if (row.flops > 0) std::printf("%9.0f %6.1f %% %7s\n", rate / 1e9, 100 * rate / peak_flops, "");
    else std::printf("%9s %8s %7.1f\n", "", "", bandwidth / 1e9);
  }
  const double flops = static_cast<double>(counts.total().flops);
  if (print)
    std::printf("\nthe step: %.1f ms, %.0f tok/s, %.0f GFLOPS, %.1f %% of peak; not a product: %.1f %%; between operations: %.1f %%\n", 1e3 * step_s,
                static_cast<double>(tokens) / step_s, flops / step_s / 1e9, 100 * flops / step_s / peak_flops, 100 * rest_s / step_s,
                100 * (1 - timed_s / step_s));
  Json out = Json::Object{};
  return out.set("rows", std::move(list)).set("seconds", step_s).set("tokens_per_s", static_cast<double>(tokens) / step_s)
      .set("share_of_peak", flops / step_s / peak_flops).set("share_of_other_operations", rest_s / step_s);
}

}  // namespace lab::cli
