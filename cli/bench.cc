// lora-lab bench: speed of the model's matrix products and of whole steps on this machine.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <set>

#include "base/cat.h"
#include "bench_step.h"
#include "commands.h"
#include "infer/session.h"
#include "kernels/peak/peak.h"
#include "kernels/isa.h"
#include "usage.h"
#include "workbench.h"

namespace lab::cli {
namespace {

struct Options {
  ModelOptions model;
  std::int64_t tokens = 512, rank = 8;
  bool step = false, json = false;
};

using Clock = std::chrono::steady_clock;

/// Seconds of the fastest of several calls, for about half a second in all.
template <class Work>
double fastest(const Work& work) {
  double best = 1e30, total = 0;
  for (int i = 0; i < 3 || (i < 30 && total < 0.5); ++i) {
    const auto start = Clock::now();
    work();
    const double s = std::chrono::duration<double>(Clock::now() - start).count();
    best = std::min(best, s);
    total += s;
  }
  return best;
}

class Table {
 public:
  Table(double peak, bool json) : peak_(peak), json_(json) {}

  void product(const std::string& name, double flops, double seconds) {
    row(name, "gflops", flops / seconds / 1e9, "GFLOPS", flops / seconds);
  }
  void step(const std::string& name, double tokens, double flops, double seconds) {
    row(name, "tokens_per_s", tokens / seconds, "tok/s", flops / seconds);
  }
  Json rows = Json::Array{};

 private:
  void row(const std::string& name, const char* key, double value, const char* unit, double flops_per_s) {
    Json entry = Json::Object{};
    rows.array().push_back(entry.set("name", name).set(key, value).set("share_of_peak", flops_per_s / peak_));
    if (!json_) std::printf("%-44s %10.1f %-6s %5.1f %% of peak\n", name.c_str(), value, unit, 100 * flops_per_s / peak_);
  }
  double peak_;
  bool json_;
};

Status bench_products(const Workbench& bench, std::int64_t tokens, Table& table) {
  const Model& model = bench.base;
  Device& device = *bench.device;
  const std::int64_t widest = std::max({model.config.hidden, model.config.ffn, model.config.q_size()});
  LAB_TRY(const std::uint64_t address, device.allocate(static_cast<std::uint64_t>(2 * tokens * widest) * device.real_bytes()));
  std::set<std::pair<std::int64_t, std::int64_t>> seen;
  for (const Linear& linear : model.layers.front().linear) {
    const Weight& w = linear.weight;
    if (!seen.insert({w.rows, w.cols}).second) continue;
    const Reals x{address, tokens * w.cols, device.real_bytes()};
    const Reals y{address + static_cast<std::uint64_t>(tokens * widest) * device.real_bytes(), tokens * w.rows, device.real_bytes()};
    const double flops = 2.0 * static_cast<double>(tokens * w.rows * w.cols);
    const std::string shape = cat(tokens, " x ", w.cols, " x ", w.rows, " ", name(w.dtype));
    LinearForward forward;
    forward.tokens = tokens;
    forward.weight = w;
    forward.x = x;
    forward.y = y;
    table.product("forward  " + shape, flops, fastest([&] { device.linear_forward(forward); }));
    LinearBackward backward;
    backward.tokens = tokens;
    backward.weight = w;
    backward.dy = y;
    backward.dx = x;
    table.product("backward " + shape, flops, fastest([&] { device.linear_backward(backward); }));
  }
  return {};
}

Status bench_steps(const Workbench& bench, const Options& o, Table& table) {
  const Model& model = bench.base;
  double weights = static_cast<double>(model.head.weight.rows * model.head.weight.cols);
  for (const Layer& layer : model.layers)
    for (const Linear& linear : layer.linear) weights += static_cast<double>(linear.weight.rows * linear.weight.cols);
  const double tokens = static_cast<double>(o.tokens);

  LAB_TRY(BenchStep step, make_bench_step(*bench.device, bench, o.tokens, o.rank));
  // Weights only: forward 2N and input gradient 2N; attention and the pairs come on top.
  table.step(cat("train step, LoRA rank ", o.rank, ", ", o.tokens, " tokens"), tokens, 4 * weights * tokens,
             fastest([&] { step.run(); }));

  LAB_TRY(auto session, Session::create(*bench.device, model, o.tokens + 64));
  table.step(cat("prefill ", o.tokens, " tokens"), tokens, 2 * weights * tokens, fastest([&] {
               session->truncate(0);
               (void)session->feed(model, step.batch.ids);
             }));
  table.step("decode", 1, 2 * weights, fastest([&] {
               session->truncate(o.tokens);
               (void)session->feed(model, std::span(step.batch.ids).first(1));
             }));
  return {};
}

Result<Json> run(const Options& o) {
  LAB_TRY(const Workbench bench, open_workbench(o.model));
  const double peak = kernels::fma_peak(*bench.pool);
  const std::string isa(kernels::name(kernels::current_isa()));
  if (!o.json) std::printf("%s, %d threads, FMA peak %.0f GFLOPS in float32\n", isa.c_str(), bench.pool->threads(), peak / 1e9);
  if (o.step) {
    LAB_TRY(Json profile, profile_step(bench, o.tokens, o.rank, peak, !o.json));
    return profile.set("isa", isa).set("threads", bench.pool->threads()).set("fma_peak_gflops", peak / 1e9);
  }
  Table table(peak, o.json);
  LAB_CHECK(bench_products(bench, o.tokens, table));
  LAB_CHECK(bench_steps(bench, o, table));
  Json out = Json::Object{};
  out.set("isa", isa).set("threads", bench.pool->threads()).set("fma_peak_gflops", peak / 1e9).set("rows", std::move(table.rows));
  return out;
}

}  // namespace

void add_bench(CLI::App& app, Exit& exit) {
  CLI::App* command = app.add_subcommand("bench", "Speed of matrix products and whole steps, beside this machine's FMA peak");
  auto o = std::make_shared<Options>();
  add_model_options(*command, o->model, false);
  command->add_option("--tokens", o->tokens, "Tokens of a step")->capture_default_str()->check(in_range(16, 8192));
  command->add_option("--rank", o->rank, "Rank of the adapter")->capture_default_str()->check(in_range(1, 256));
  command->add_flag("--step", o->step, "Where the time of a training step goes, operation by operation");
  command->add_flag("--json", o->json, "Print one JSON object");
  command->callback([o, &exit] { finish(exit, o->json, [&] { return run(*o); }); });
}

}  // namespace lab::cli
