// lora-lab train: trains an adapter (or the whole model) on a corpus.
#include <cmath>
#include <cstdio>
#include <filesystem>

#include "base/cat.h"
#include "base/sha256.h"
#include "file/locked_file.h"
#include "kernels/isa.h"
#include "commands.h"
#include "interrupts.h"
#include "known_models.h"
#include "names.h"
#include "plan/plan.h"
#include "plan/run_shape.h"
#include "progress.h"
#include "resume.h"
#include "train/initial.h"
#include "train_options.h"
#include "waiting.h"

namespace lab::cli {
namespace {

struct Options {
  TrainOptions train;
  std::string out = "adapter", log;
  bool resume = false, overwrite = false, json = false;
  bool interrupted = false;          ///< set by run(): the exit status says so
};

/// Names the base by its content: the bytes of all its weights' files.
std::string model_hash(const ModelSource& source) {
  Sha256 hash;
  if (const Gguf* gguf = source.gguf()) {
    for (const GgufTensor& tensor : gguf->tensors()) hash.update(tensor.view.bytes);
  } else {
    for (const std::string& name : source.tensor_names()) hash.update(source.tensor(name)->bytes);
  }
  return hex(hash.finish());
}

/// The folder nearest to `path` that is there already.
std::string existing_folder(const std::string& path) {
  std::error_code ignored;
  std::filesystem::path folder = std::filesystem::absolute(path, ignored);
  while (!std::filesystem::is_directory(folder, ignored) && folder.has_relative_path()) folder = folder.parent_path();
  return folder.string();
}

Json number_or_null(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

/// A step that failed: the corpus is named, and what to do.
Error explain(Error error, const RunSettings& settings) {
  if (error.code != Code::kNotFinite) return error;
  error.remedy = cat("Look at this line of the corpus; if it is sound, take a smaller --lr than ", settings.adamw.lr,
                     ", or let --skip-nonfinite leave such steps out. The run up to this step is saved.");
  return error;
}

/// A run is never lost by starting another in its folder.
Status check_folder(const Options& o) {
  std::error_code ignored;
  if (o.overwrite || !std::filesystem::exists(o.out + "/" + kCheckpointFile, ignored)) return {};
  return fail(Error{Code::kBadArgument, "the folder holds a training run already"}.in(o.out).of("out")
                  .fix("Go on with it by --resume, name another --out, or give --overwrite."));
}

void print_beginning(const Options& o, const Dataset& dataset, const Trainer& trainer, const Plan& plan) {
  const RunSettings& s = o.train.settings;
  const DatasetStats& d = dataset.stats;
  std::fprintf(stderr, "corpus   %s: %lld samples, %lld tokens; to train on %lld tokens in %lld rows (%lld learnt), held out %lld\n", s.data.c_str(),
               static_cast<long long>(d.samples), static_cast<long long>(d.tokens), static_cast<long long>(d.train_tokens),
               static_cast<long long>(dataset.train.count()), static_cast<long long>(d.train_loss_tokens), static_cast<long long>(d.val_tokens));
  if (d.cut.truncated > 0)
    std::fprintf(stderr, "         %lld samples are longer than --context %lld and were cut\n", static_cast<long long>(d.cut.truncated), static_cast<long long>(s.context));
  std::fprintf(stderr, "training %s, %s parameters, %lld steps of %lld tokens at most\n", std::string(variant_name(s)).c_str(),
               cat(fixed(static_cast<double>(trainer.trainable().parameters()) / 1e6, 2), " million").c_str(), static_cast<long long>(s.steps),
               static_cast<long long>(s.context * s.batch * s.grad_accum));
  std::fprintf(stderr, "plan     about %s at %.0f tok/s, %s of memory\n", human_time(plan.eta_s).c_str(), plan.tokens_per_s,
               human_bytes(static_cast<double>(plan.peak_bytes)).c_str());
}

void print_end(const Options& o, const RunReport& r) {
  if (r.interrupted) {
    std::fprintf(stderr, "stopped after step %lld; go on with: %s\n", static_cast<long long>(r.steps),
                 suggest(cat("train --resume --out ", shell_word(o.out))).c_str());
    return;
  }
  std::printf("trained %lld steps, %lld tokens, %.0f tok/s\n", static_cast<long long>(r.steps), static_cast<long long>(r.tokens), r.tokens_per_s);
  if (std::isfinite(r.val_loss_first) && std::isfinite(r.val_loss_last))
    std::printf("held-out loss %.4f -> %.4f (%+.1f %%)\n", r.val_loss_first, r.val_loss_last, 100 * (r.val_loss_last / r.val_loss_first - 1));
  if (o.train.settings.full) std::printf("the model is in %s\n", o.out.c_str());
  else std::printf("the adapter is in %s; try it with: %s\n", o.out.c_str(), suggest(cat("chat --adapter ", shell_word(o.out))).c_str());
}

Result<Json> run(Options& o, const CLI::App& command) {
  std::optional<CheckpointInfo> checkpoint;
  if (o.resume) {
    LAB_TRY(checkpoint, take_checkpoint(o.out, o.train, command));
  } else {
    LAB_CHECK(resolve(o.train));
    LAB_CHECK(check_folder(o));
  }
  RunSettings& settings = o.train.settings;
  std::optional<Waiting> waiting(std::in_place);
  waiting->on(cat("reading the model ", settings.model));
  LAB_TRY(Workbench bench, open_workbench({settings.model, "", o.train.threads, std::string(precision_name(settings.precision))}));
  settings.context = std::min(settings.context, bench.base.config.max_positions);
  waiting->on(cat("reading the corpus ", settings.data));
  LAB_TRY(const Dataset dataset, open_dataset(bench, settings));
  resolve_epochs(o.train, dataset);
  if (checkpoint) LAB_CHECK(check_steps(*checkpoint, settings.steps, *waiting));
  LAB_TRY(Trainable trainable, make_trainable(bench.base, settings));

  waiting->on("planning: measuring how fast this machine computes the model's layers");
  LAB_TRY(const Plan plan, plan_training(*bench.pool, {bench.base, *bench.source, trainable, dataset, settings, existing_folder(o.out), o.train.memory == "auto" && !o.resume}));
  settings.recompute = plan.recompute;
  if (!plan.fits) return fail(Error{Code::kOutOfMemory, plan.reasons.front()}
                                    .fix(cat("Take a smaller --context or --batch", settings.recompute == Recompute::kLayers ? "." : ", or --memory low.")));
  waiting->quietly_on("reading the model's bytes");
  const RunPlace place{o.out, base_name(settings.model), model_hash(*bench.source), bench.source.get(),
                       "lora-lab " LAB_VERSION, cat("cpu ", kernels::name(kernels::current_isa()), settings.precision != Precision::kBFloat16 ? "" : kernels::has_amx() ? " AMX bf16" : " bf16")};
  if (checkpoint) LAB_CHECK(check_unchanged(*checkpoint, place, dataset));
  std::error_code problem;
  std::filesystem::create_directories(o.out, problem);
  if (problem) return fail(Error{Code::kIo, cat("cannot make the folder: ", problem.message())}.in(o.out));
  LAB_TRY(const FolderLock lock, FolderLock::take(o.out));
  if (!o.resume) LAB_CHECK(check_folder(o));  // another process may have been faster
  LAB_TRY(const std::string set_aside, clean_run_folder(o.out));
  if (!set_aside.empty()) waiting->say(set_aside);

  LAB_TRY(auto trainer, Trainer::create(*bench.device, bench.base, std::move(trainable), trainer_options(settings, dataset)));
  if (checkpoint) {
    LAB_TRY(checkpoint, read_checkpoint(o.out, *trainer, nullptr));
  } else {
    LAB_CHECK(write_initial_values(*trainer, *bench.source, settings.seed));
  }
  waiting.reset();
  if (!o.json) print_beginning(o, dataset, *trainer, plan);
  catch_interrupts();
  Progress progress(settings.steps, false);
  if (!o.log.empty()) LAB_CHECK(progress.log_to(o.log, o.resume));
  auto result = run_training(*trainer, dataset, settings, place, checkpoint ? &*checkpoint : nullptr, progress);
  if (!result) return fail(explain(std::move(result.error()), settings));
  const RunReport& report = *result;
  if (!o.json) print_end(o, report);
  o.interrupted = report.interrupted;

  Json out = Json::Object{};
  out.set("steps", report.steps).set("tokens", report.tokens).set("skipped_steps", report.skipped).set("interrupted", report.interrupted);
  out.set("loss_first", number_or_null(report.loss_first)).set("loss_last", number_or_null(report.loss_last));
  out.set("val_loss_first", number_or_null(report.val_loss_first)).set("val_loss_last", number_or_null(report.val_loss_last));
  out.set("tokens_per_s", report.tokens_per_s).set("peak_rss_bytes", peak_resident_bytes());
  out.set("steps_s", report.steps_s).set("saving_s", report.saving_s);
  out.set("predicted_peak_bytes", plan.peak_bytes).set("predicted_tokens_per_s", plan.tokens_per_s).set("predicted_s", plan.eta_s);
  out.set("out", o.out);
  return out;
}

}  // namespace

void add_train(CLI::App& app, Exit& exit) {
  CLI::App* command = app.add_subcommand("train", "Trains an adapter on a corpus");
  auto o = std::make_shared<Options>();
  add_train_options(*command, o->train);
  command->add_option("--out", o->out, "The run's folder: adapter and checkpoint")->capture_default_str();
  command->add_option("--log", o->log, "Write a JSON line for each step to this file");
  auto* resume = command->add_flag("--resume", o->resume, "Go on from the checkpoint in --out, with its settings");
  command->add_flag("--overwrite", o->overwrite, "Start anew even if --out holds a run already")->excludes(resume);
  command->add_flag("--json", o->json, "Print one JSON object");
  command->callback([o, command, &exit] {
    finish(exit, o->json, [&] { return run(*o, *command); });
    if (o->interrupted) exit.status = kInterruptedStatus;
  });
}

}  // namespace lab::cli
