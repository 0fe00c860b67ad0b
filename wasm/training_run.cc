#include "training_run.h"

#include <chrono>
#include <cmath>

#include "adapter/peft_file.h"
#include "data/encode.h"
#include "device/cpu/cpu_device.h"
#include "plan/run_shape.h"
#include "train/initial.h"

namespace lab::wasm {
namespace {

/// The defaults with what the caller gave. kBadArgument for a setting that does not exist.
Result<RunSettings> settings_of(const Json& given) {
  Json all = to_json(RunSettings{});
  all.set("data", "corpus").set("recompute", true);
  if (!given.is_object()) return fail(Error{Code::kBadArgument, "the settings are not an object"}.of("settings"));
  for (const auto& [key, value] : given.object()) {
    if (all.find(key) == nullptr) return fail(Error{Code::kBadArgument, cat("there is no setting '", key, "'")}.of(key));
    all.set(key, key == "seed" && value.is_integer() ? Json(std::to_string(value.integer())) : value);
  }
  return run_settings_from_json(all);
}

Json number_or_null(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

}  // namespace

Result<std::shared_ptr<TrainingRun>> TrainingRun::start(std::shared_ptr<OpenModel> model, const Json& given) {
  auto run = std::make_shared<TrainingRun>();
  run->model_ = std::move(model);
  const Model& base = run->model_->base;
  RunSettings& s = run->settings_;
  LAB_TRY(s, settings_of(given));
  if (s.full) return fail(Error{Code::kUnsupported, "only adapters can be trained here, not whole models"}.of("variant").fix("Take lora, rslora or dora."));
  s.context = std::min(s.context, base.config.max_positions);
  LAB_TRY(auto corpus, map_file(s.data));
  const DatasetOptions options{.context = s.context, .loss = s.loss_on_all ? LossOn::kAll : LossOn::kAnswers, .pack = s.pack,
                               .val_fraction = s.val_fraction, .seed = s.seed};
  LAB_TRY(run->dataset_, build_dataset(std::move(corpus), run->model_->tokenizer, run->model_->chat, options));
  LAB_TRY(AdapterPlan plan, plan_adapter(base.config, s.lora));
  run->device_ = make_cpu_device(objects().pool);
  LAB_TRY(run->trainer_, Trainer::create(*run->device_, base, Trainable(std::move(plan)), trainer_options(s, run->dataset_)));
  LAB_CHECK(write_initial_values(*run->trainer_, *run->model_->source, s.seed));
  run->cursor_ = std::make_unique<Cursor>(run->dataset_.train.count(), s.seed);
  for (std::int64_t i = 0; i < s.grad_accum; ++i) run->micro_.emplace_back(s.batch * s.context);
  return run;
}

Result<Json> TrainingRun::step() {
  const auto start = std::chrono::steady_clock::now();
  for (Batch& batch : micro_) {
    batch.clear();
    for (std::int64_t i = 0; i < settings_.batch; ++i) dataset_.append_row(dataset_.train, cursor_->next(), batch);
  }
  const std::int64_t index = trainer_->steps_done();
  if (index >= settings_.steps) return fail(Error{Code::kBadArgument, "all steps of this run are done"}.of("steps"));
  const double lr = settings_.adamw.lr * schedule_factor(settings_.schedule, index, settings_.warmup, settings_.steps);
  LAB_TRY(const StepResult result, trainer_->step(micro_, lr));
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  tokens_ += result.tokens;
  Json out = Json::Object{};
  out.set("step", index + 1).set("tokens", tokens_).set("loss", result.loss).set("lr", lr).set("grad_norm", result.grad_norm);
  return out.set("tokens_per_s", static_cast<double>(result.tokens) / seconds).set("over", index + 1 >= settings_.steps);
}

Json TrainingRun::validate() {
  Trainer::Loss total;
  Batch& batch = micro_.front();
  for (std::int64_t row = 0; row < dataset_.validation.count(); ++row) {
    batch.clear();
    dataset_.append_row(dataset_.validation, row, batch);
    const Trainer::Loss loss = trainer_->evaluate(batch);
    total.sum += loss.sum;
    total.tokens += loss.tokens;
  }
  return number_or_null(total.sum / static_cast<double>(total.tokens));
}

Status TrainingRun::save(const std::string& path) const {
  const ModelConfig& config = trainer_->model().config;
  const AdapterValues values = download_adapter(*device_, config, *trainer_->trainable().adapter(), trainer_->params());
  if (path.ends_with(".gguf")) return write_gguf_adapter(path, values, config);
  return write_peft(path, values, settings_.lora, settings_.model);
}

Json TrainingRun::describe() const {
  const DatasetStats& stats = dataset_.stats;
  Json out = Json::Object{};
  out.set("parameters", trainer_->trainable().parameters()).set("steps", settings_.steps).set("samples", stats.samples);
  out.set("tokens", stats.tokens).set("train_rows", dataset_.train.count()).set("val_tokens", stats.val_tokens);
  return out.set("memory_bytes", trainer_->memory().total()).set("settings", to_json(settings_));
}

Result<Json> start_training(const Json& request) {
  LAB_TRY(auto model, objects().models.find(request, "model"));
  const Json* settings = request.find("settings");
  LAB_TRY(auto run, TrainingRun::start(std::move(model), settings != nullptr ? *settings : Json()));
  Json out = run->describe();
  return out.set("run", objects().runs.add(std::move(run)));
}

Result<Json> training_step(const Json& request) {
  LAB_TRY(const auto run, objects().runs.find(request, "run"));
  return run->step();
}

Result<Json> validate(const Json& request) {
  LAB_TRY(const auto run, objects().runs.find(request, "run"));
  return Json(Json::Object{}).set("loss", run->validate());
}

Result<Json> save_adapter(const Json& request) {
  LAB_TRY(const auto run, objects().runs.find(request, "run"));
  LAB_TRY(const std::string path, need_string(request, "path"));
  LAB_CHECK(run->save(path));
  return Json(Json::Object{});
}

}  // namespace lab::wasm
