#include "resume.h"

#include <cstdio>
#include <set>

#include "base/cat.h"

namespace lab::cli {
namespace {

/// Refuses options beside --resume that would make another run of it.
Status check_resumable(const CLI::App& command) {
  const std::set<std::string> allowed = {"model", "data", "out", "resume", "steps", "epochs", "eval-every", "save-every", "skip-nonfinite", "memory", "threads", "precision", "log", "json"};
  std::string refused;
  for (const CLI::Option* option : command.get_options())
    if (const std::string& name = option->get_lnames().front(); option->count() > 0 && !allowed.contains(name))
      refused += cat(refused.empty() ? "" : ", ", "--", name);
  if (refused.empty()) return {};
  return fail(Error{Code::kBadArgument, cat("a resumed run takes its settings from the checkpoint, so ", refused, " cannot be changed")}
                  .fix("Leave it out, or start a new run in another folder; --steps and --epochs may be given, to train longer."));
}

Status check_same(const std::string& what, const std::string& now, const std::string& then) {
  if (now == then) return {};
  return fail(Error{Code::kMismatch, cat("the ", what, " has changed since the checkpoint: its SHA-256 was ", then, " and is ", now)}
                  .of(what).fix("Give the file that the run was started with, or start a new run in another folder."));
}

}  // namespace

Result<CheckpointInfo> take_checkpoint(const std::string& folder, TrainOptions& o, const CLI::App& command) {
  LAB_CHECK(check_resumable(command));
  LAB_TRY(CheckpointInfo info, read_checkpoint_info(folder));
  auto settings = run_settings_from_json(info.settings);
  if (!settings) return fail(std::move(settings.error()).in(folder));
  const RunSettings& given = o.settings;
  if (command.count("--model")) settings->model = given.model;
  if (command.count("--data")) settings->data = given.data;
  if (command.count("--steps")) settings->steps = given.steps;
  if (command.count("--eval-every")) settings->eval_every = given.eval_every;
  if (command.count("--save-every")) settings->save_every = given.save_every;
  if (command.count("--skip-nonfinite")) settings->skip_nonfinite = given.skip_nonfinite;
  if (command.count("--memory")) settings->recompute = o.memory == "low" ? Recompute::kLayers : Recompute::kNone;
  // A run keeps its precision, so that it stays the same run.
  LAB_TRY(settings->precision, choose_precision(o.precision, settings->precision));
  LAB_CHECK(check(*settings));
  o.settings = *settings;
  return info;
}

Status check_steps(const CheckpointInfo& checkpoint, std::int64_t steps, Waiting& waiting) {
  LAB_TRY(const std::int64_t before, need_integer(checkpoint.settings, "steps"));
  if (steps < checkpoint.step)
    return fail(Error{Code::kBadArgument, cat("the run has done ", checkpoint.step, " steps already, more than the ", steps, " asked for")}
                    .of("steps").fix("Steps count from the run's beginning."));
  if (steps != before)
    waiting.say(cat("the run was started for ", before, " steps and goes on to ", steps, "; from here its learning rate follows the schedule of ", steps,
                    " steps,\nso that it ends elsewhere than a run of ", steps, " steps from the start"));
  else if (steps == checkpoint.step)
    waiting.say(cat("the run's ", steps, " steps are done; --steps with a larger number trains on"));
  return {};
}

Status check_unchanged(const CheckpointInfo& checkpoint, const RunPlace& place, const Dataset& dataset) {
  LAB_CHECK(check_same("model", place.model_sha256, checkpoint.model_sha256));
  LAB_CHECK(check_same("corpus", dataset.corpus_sha256, checkpoint.corpus_sha256));
  LAB_CHECK(check_same("way the corpus is cut into tokens and rows", dataset.rows_sha256, checkpoint.rows_sha256));
  if (checkpoint.device != place.device)
    std::fprintf(stderr, "the run was begun on %s and goes on on %s: its last bits may differ from those of a run on one of them\n",
                 checkpoint.device.c_str(), place.device.c_str());
  return {};
}

}  // namespace lab::cli
