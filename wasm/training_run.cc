#include "training_run.h"

#include <chrono>
#include <cmath>

#include "adapter/peft_file.h"
#include "data/encode.h"
#include "device/cpu/cpu_device.h"
#include "plan/plan.h"
#include "plan/run_shape.h"
#include "train/initial.h"

namespace lab::wasm {
namespace {

/// The defaults with what the caller gave. kBadArgument for a setting that does not exist.
Result<RunSettings> settings_of(const Json& given) {
  Json all = to_json(RunSettings{});
  all.set("data", "corpus");
  if (!given.is_object()) return fail(Error{Code::kBadArgument, "the settings are not an object"}.of("settings"));
  for (const auto& [key, value] : given.object()) {
    if (all.find(key) == nullptr) return fail(Error{Code::kBadArgument, cat("there is no setting '", key, "'")}.of(key));
    all.set(key, key == "seed" && value.is_integer() ? Json(std::to_string(value.integer())) : value);
  }
  return run_settings_from_json(all);
}

Json number_or_null(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

}  // namespace

Result<std::shared_ptr<TrainingRun>> TrainingRun::start(std::shared_ptr<OpenModel> model, const Json& given,
                                                        const std::string& checkpoint) {
  auto run = std::make_shared<TrainingRun>();
  run->model_ = std::move(model);
  RunSettings& s = run->settings_;
  LAB_TRY(s, settings_of(given));
  const std::string corpus_path = s.data;
  std::optional<CheckpointInfo> saved;
  if (!checkpoint.empty()) {
    LAB_TRY(saved, read_checkpoint_info(checkpoint));
    LAB_TRY(s, run_settings_from_json(saved->settings));
    s.data = corpus_path;
  }
  if (s.full) return fail(Error{Code::kUnsupported, "only adapters can be trained here, not whole models"}.of("variant").fix("Take lora, rslora or dora."));
  s.context = std::min(s.context, run->model_->base.config.max_positions);
  LAB_TRY(auto corpus, map_file(corpus_path));
  LAB_CHECK(run->prepare(std::move(corpus)));
  if (saved) LAB_CHECK(run->resume(*saved, checkpoint));
  else LAB_CHECK(write_initial_values(*run->trainer_, *run->model_->source, s.seed));
  return run;
}

Result<Json> TrainingRun::plan(std::shared_ptr<OpenModel> model, const Json& given) {
  TrainingRun run;
  run.model_ = std::move(model);
  LAB_TRY(run.settings_, settings_of(given));
  RunSettings& s = run.settings_;
  s.context = std::min(s.context, run.model_->base.config.max_positions);
  LAB_TRY(auto corpus, map_file(s.data));
  LAB_CHECK(run.read(std::move(corpus)));
  LAB_TRY(AdapterPlan pairs, plan_adapter(run.model_->base.config, s.lora));
  const Trainable trainable(std::move(pairs));
  LAB_TRY(const Plan plan, plan_training(objects().pool, {run.model_->base, *run.model_->source, trainable, run.dataset_, s, "", s.recompute == Recompute::kNone}));
  Json reasons = Json::Array{};
  for (const std::string& reason : plan.reasons) reasons.array().push_back(reason);
  Json out = Json::Object{};
  out.set("fits", plan.fits).set("reasons", std::move(reasons)).set("eta_s", plan.eta_s).set("tokens_per_s", plan.tokens_per_s);
  out.set("peak_bytes", plan.peak_bytes).set("flops_per_token", plan.flops_per_token).set("recompute", plan.recompute == Recompute::kLayers);
  return out.set("parameters", trainable.parameters()).set("samples", run.dataset_.stats.samples).set("tokens", run.dataset_.stats.tokens);
}

Status TrainingRun::read(std::shared_ptr<const ByteSource> corpus) {
  const RunSettings& s = settings_;
  const DatasetOptions options{.context = s.context, .loss = s.loss_on_all ? LossOn::kAll : LossOn::kAnswers, .pack = s.pack,
                               .val_fraction = s.val_fraction, .seed = s.seed};
  LAB_TRY(dataset_, build_dataset(std::move(corpus), model_->tokenizer, model_->chat, options));
  return {};
}

Status TrainingRun::prepare(std::shared_ptr<const ByteSource> corpus) {
  const RunSettings& s = settings_;
  LAB_CHECK(read(std::move(corpus)));
  LAB_TRY(AdapterPlan plan, plan_adapter(model_->base.config, s.lora));
  device_ = make_cpu_device(objects().pool);
  LAB_TRY(trainer_, Trainer::create(*device_, model_->base, Trainable(std::move(plan)), trainer_options(s, dataset_)));
  cursor_ = std::make_unique<Cursor>(dataset_.train.count(), s.seed);
  for (std::int64_t i = 0; i < s.grad_accum; ++i) micro_.emplace_back(s.batch * s.context);
  return {};
}

Status TrainingRun::resume(const CheckpointInfo& saved, const std::string& folder) {
  if (saved.model_sha256 != model_->sha256())
    return fail(Error{Code::kMismatch, "the checkpoint is of a run on another model"}.of("model").fix("Load the model that the run was started with."));
  if (saved.corpus_sha256 != dataset_.corpus_sha256 || saved.rows_sha256 != dataset_.rows_sha256)
    return fail(Error{Code::kMismatch, "the corpus has changed since the checkpoint"}.of("corpus").fix("Give the file that the run was started with."));
  LAB_TRY(const CheckpointInfo read, read_checkpoint(folder, *trainer_, nullptr));
  tokens_ = read.tokens;
  history_ = read.history;
  return cursor_->seek(read.cursor);
}

Status TrainingRun::checkpoint(const std::string& folder) const {
  CheckpointInfo info;
  info.step = trainer_->steps_done();
  info.tokens = tokens_;
  info.cursor = cursor_->state();
  info.model_sha256 = model_->sha256();
  info.corpus_sha256 = dataset_.corpus_sha256;
  info.rows_sha256 = dataset_.rows_sha256;
  info.program = "loralab " LAB_VERSION;
  info.device = "cpu WebAssembly";
  info.settings = to_json(settings_);
  info.history = history_;
  return write_checkpoint(folder, *trainer_, info);
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
  if (index == 0) history_.set("loss_first", result.loss).set("val_loss_first", nullptr).set("skipped", 0);
  history_.set("loss_last", result.loss);
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
  out.set("parameters", trainer_->trainable().parameters()).set("steps", settings_.steps).set("steps_done", trainer_->steps_done()).set("samples", stats.samples);
  out.set("tokens", stats.tokens).set("train_rows", dataset_.train.count()).set("val_tokens", stats.val_tokens);
  return out.set("memory_bytes", trainer_->memory().total()).set("settings", to_json(settings_));
}

Result<Json> start_training(const Json& request) {
  LAB_TRY(auto model, objects().models.find(request, "model"));
  const Json *settings = request.find("settings"), *checkpoint = request.find("checkpoint");
  LAB_TRY(auto run, TrainingRun::start(std::move(model), settings != nullptr ? *settings : Json(),
                                       checkpoint != nullptr && checkpoint->is_string() ? checkpoint->string() : ""));
  Json out = run->describe();
  return out.set("run", objects().runs.add(std::move(run)));
}

Result<Json> plan(const Json& request) {
  LAB_TRY(auto model, objects().models.find(request, "model"));
  const Json* settings = request.find("settings");
  return TrainingRun::plan(std::move(model), settings != nullptr ? *settings : Json());
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

Result<Json> save_checkpoint(const Json& request) {
  LAB_TRY(const auto run, objects().runs.find(request, "run"));
  LAB_TRY(const std::string folder, need_string(request, "path"));
  LAB_CHECK(run->checkpoint(folder));
  return Json(Json::Object{});
}

}  // namespace lab::wasm
