#include "training_run.h"

#include <chrono>
#include <cmath>

#include "adapter/gguf_adapter.h"
#include "adapter/model_writer.h"
#include "adapter/peft_file.h"
#include "device/cpu/cpu_device.h"
#include "plan/run_shape.h"
#include "train/change.h"
#include "train/initial.h"
#include "train/trained_weights.h"

namespace lab::wasm {

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

Result<Dataset> dataset_of(const OpenTokenizer& text, const RunSettings& s) {
  const DatasetOptions options{.context = s.context, .loss = s.loss_on_all ? LossOn::kAll : LossOn::kAnswers, .pack = s.pack,
                               .val_fraction = s.val_fraction, .seed = s.seed};
  LAB_TRY(auto corpus, map_file(s.data));
  return build_dataset(std::move(corpus), text.tokenizer, text.chat, options);
}

Result<Trainable> trainable_of(const Model& base, const RunSettings& settings) {
  if (settings.full) return Trainable(plan_full(base));
  LAB_TRY(AdapterPlan plan, plan_adapter(base.config, settings.lora));
  return Trainable(std::move(plan));
}

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
  s.context = std::min(s.context, run->model_->base.config.max_positions);
  LAB_CHECK(run->prepare());
  if (saved) LAB_CHECK(run->resume(*saved, checkpoint));
  else LAB_CHECK(write_initial_values(*run->trainer_, *run->model_->source, s.seed));
  return run;
}

Status TrainingRun::prepare() {
  const RunSettings& s = settings_;
  LAB_TRY(const auto text, tokenizer_of(*model_));
  LAB_TRY(dataset_, dataset_of(*text, s));
  LAB_TRY(Trainable trainable, trainable_of(model_->base, s));
  device_ = make_cpu_device(objects().pool);
  LAB_TRY(trainer_, Trainer::create(*device_, model_->base, std::move(trainable), trainer_options(s, dataset_)));
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
  const auto number = [&](const char* key) {
    const Json* value = read.history.find(key);
    return value != nullptr && value->is_number() ? value->number() : kNoLoss;
  };
  losses_ = {number("loss_first"), number("loss_last"), number("val_loss_first"), kNoLoss, 0};
  LAB_TRY(losses_.skipped, need_integer(read.history, "skipped"));
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
  info.history = Json(Json::Object{}).set("loss_first", losses_.first).set("loss_last", losses_.last)
                     .set("val_loss_first", losses_.val_first).set("skipped", losses_.skipped);
  return write_checkpoint(folder, *trainer_, info);
}

Result<Json> TrainingRun::step() {
  const auto start = std::chrono::steady_clock::now();
  const std::int64_t index = trainer_->steps_done();
  if (index >= settings_.steps) return fail(Error{Code::kBadArgument, "all steps of this run are done"}.of("steps"));
  for (Batch& batch : micro_) {
    batch.clear();
    for (std::int64_t i = 0; i < settings_.batch; ++i) dataset_.append_row(dataset_.train, cursor_->next(), batch);
  }
  const double lr = settings_.adamw.lr * schedule_factor(settings_.schedule, index, settings_.warmup, settings_.steps);
  LAB_TRY(const StepResult result, trainer_->step(micro_, lr));
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  tokens_ += result.tokens;
  if (index == 0) losses_.first = result.loss;
  losses_.last = result.loss;
  Json out = Json::Object{};
  out.set("step", index + 1).set("tokens", tokens_).set("loss", result.loss).set("lr", lr).set("grad_norm", result.grad_norm);
  return out.set("tokens_per_s", static_cast<double>(result.tokens) / seconds).set("over", index + 1 >= settings_.steps);
}

Result<Json> TrainingRun::validate(std::int64_t row) {
  const std::int64_t rows = dataset_.validation.count();
  if (row < 0 || row >= rows) return fail(Error{Code::kBadArgument, cat("there is no held-out row ", row, " of ", rows)}.of("row"));
  if (row == 0) held_out_ = {};
  Batch& batch = micro_.front();
  batch.clear();
  dataset_.append_row(dataset_.validation, row, batch);
  const Trainer::Loss loss = trainer_->evaluate(batch);
  held_out_.sum += loss.sum;
  held_out_.tokens += loss.tokens;
  const bool over = row + 1 == rows;
  Json out = Json(Json::Object{}).set("over", over);
  if (!over) return out;
  losses_.val_last = held_out_.sum / static_cast<double>(held_out_.tokens);
  if (trainer_->steps_done() == 0) losses_.val_first = losses_.val_last;
  return out.set("loss", number_or_null(losses_.val_last));
}

AdapterValues TrainingRun::values() const {
  return download_adapter(*device_, trainer_->model().config, *trainer_->trainable().adapter(), trainer_->params());
}

std::vector<std::int32_t> TrainingRun::sample_ids(std::int64_t most) const {
  const auto ids = ids_of(dataset_.documents, dataset_.train.row(0).front());
  return {ids.begin(), ids.begin() + std::min<std::ptrdiff_t>(static_cast<std::ptrdiff_t>(ids.size()), most)};
}

Result<Json> TrainingRun::proof() const {
  const std::unique_ptr<Device> scratch = make_cpu_device(objects().pool);
  LAB_TRY(const Change change, change_since_start(*trainer_, *model_->source, settings_.seed, *scratch));
  Json out = Json::Object{};
  out.set("steps", trainer_->steps_done()).set("parameters", trainer_->trainable().parameters());
  out.set("parameters_changed", change.changed).set("change_norm", change.norm).set("largest_change", change.largest);
  out.set("weights", plan_full(model_->base).parameters).set("weights_affected", change.weights_affected);
  out.set("loss_first", number_or_null(losses_.first)).set("loss_last", number_or_null(losses_.last));
  return out.set("val_loss_first", number_or_null(losses_.val_first)).set("val_loss_last", number_or_null(losses_.val_last));
}

Status TrainingRun::save(const std::string& path, DType dtype) const {
  const bool gguf = path.ends_with(".gguf");
  if (trainer_->trainable().full()) {
    auto written = write_model(path, *model_->source, dtype, trained_weights(*trainer_));
    if (!written) return fail(std::move(written.error()));
    return {};
  }
  if (gguf) return write_gguf_adapter(path, values(), trainer_->model().config);
  return write_peft(path, values(), settings_.lora, settings_.model);
}

Json TrainingRun::describe() const {
  const DatasetStats& stats = dataset_.stats;
  Json out = Json::Object{};
  out.set("parameters", trainer_->trainable().parameters()).set("steps", settings_.steps).set("steps_done", trainer_->steps_done()).set("samples", stats.samples);
  out.set("tokens", stats.tokens).set("train_rows", dataset_.train.count()).set("val_rows", dataset_.validation.count()).set("val_tokens", stats.val_tokens);
  return out.set("memory_bytes", trainer_->memory().total()).set("settings", to_json(settings_));
}

}  // namespace lab::wasm
