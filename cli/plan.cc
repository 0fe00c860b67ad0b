// lora-lab plan: what a training run would need, before it runs.
#include <cstdio>

#include "commands.h"
#include "plan/plan.h"
#include "train_options.h"

namespace lab::cli {
namespace {

struct Options {
  TrainOptions train;
  bool json = false;
};

Result<Json> run(Options& o) {
  LAB_CHECK(resolve(o.train));
  RunSettings& settings = o.train.settings;
  LAB_TRY(Workbench bench, open_workbench({settings.model, "", o.train.threads, std::string(precision_name(settings.precision))}));
  settings.context = std::min(settings.context, bench.base.config.max_positions);
  LAB_TRY(const Dataset dataset, open_dataset(bench, settings));
  resolve_epochs(o.train, dataset);
  LAB_TRY(const Trainable trainable, make_trainable(bench.base, settings));
  LAB_TRY(const Plan plan, plan_training(*bench.pool, {bench.base, *bench.source, trainable, dataset, settings, ".", o.train.memory == "auto"}));
  Json reasons = Json::Array{};
  for (const std::string& reason : plan.reasons) reasons.array().push_back(reason);
  if (!o.json) {
    std::printf("%s: about %s, %.0f tok/s, peak memory %s, %.3f GFLOP a token\n", plan.fits ? "fits" : "does not fit",
                human_time(plan.eta_s).c_str(), plan.tokens_per_s, human_bytes(static_cast<double>(plan.peak_bytes)).c_str(), plan.flops_per_token / 1e9);
    for (const std::string& reason : plan.reasons) std::printf("  %s\n", reason.c_str());
  }
  Json out = Json::Object{};
  out.set("eta_s", plan.eta_s).set("tokens_per_s", plan.tokens_per_s).set("peak_bytes", plan.peak_bytes);
  out.set("flops_per_token", plan.flops_per_token).set("fits", plan.fits).set("reasons", std::move(reasons));
  out.set("parameters", trainable.parameters()).set("steps", settings.steps);
  return out;
}

}  // namespace

void add_plan(CLI::App& app, Exit& exit) {
  CLI::App* command = app.add_subcommand("plan", "Says what a training run would need, before it runs");
  auto o = std::make_shared<Options>();
  add_train_options(*command, o->train);
  command->add_flag("--json", o->json, "Print one JSON object");
  command->callback([o, &exit] { finish(exit, o->json, [&] { return run(*o); }); });
}

}  // namespace lab::cli
