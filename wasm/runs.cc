// Requests about training runs.
#include <algorithm>

#include "plan/plan.h"
#include "platform/heap.h"
#include "training_run.h"

namespace lab::wasm {
namespace {

Result<DType> dtype_of(const Json& request) {
  const std::string name = text_or(request, "dtype", "f32");
  for (const auto& [text, dtype] : {std::pair{"f32", DType::kF32}, {"f16", DType::kF16}, {"bf16", DType::kBF16}, {"q8_0", DType::kQ8_0}})
    if (name == text) return dtype;
  return fail(Error{Code::kBadArgument, cat("there is no type '", name, "' for a model's matrices")}.of("dtype").fix("Take f32, f16, bf16 or, for GGUF, q8_0."));
}

/// The run that a request is about; while this lives, how much more memory it takes is watched.
class Working {
 public:
  static Result<Working> on(const Json& request) {
    LAB_TRY(auto run, objects().runs.find(request, "run"));
    return Working(std::move(run));
  }
  explicit Working(std::shared_ptr<TrainingRun> run) : run_(std::move(run)) { forget_memory_peak(); }
  Working(Working&&) = default;
  ~Working() {
    if (run_) run_->peak_bytes = std::max<std::uint64_t>(run_->peak_bytes, run_->resting_bytes + memory_peak() - before_);
  }
  TrainingRun* operator->() const { return run_.get(); }

 private:
  std::shared_ptr<TrainingRun> run_;
  std::size_t before_ = memory_in_use();
};

}  // namespace

Result<Json> train(const Json& request) {
  LAB_TRY(auto model, objects().models.find(request, "model"));
  model->forget_conversation();
  forget_memory_peak();
  const Json* settings = request.find("settings");
  LAB_TRY(auto run, TrainingRun::start(std::move(model), settings != nullptr ? *settings : Json(Json::Object{}), text_or(request, "checkpoint", "")));
  run->resting_bytes = memory_in_use();
  run->peak_bytes = memory_peak();
  Json out = run->describe();
  return out.set("run", objects().runs.add(std::move(run)));
}

Result<Json> plan(const Json& request) {
  LAB_TRY(const auto model, objects().models.find(request, "model"));
  model->forget_conversation();
  const Json* given = request.find("settings");
  LAB_TRY(RunSettings s, settings_of(given != nullptr ? *given : Json(Json::Object{})));
  s.context = std::min(s.context, model->base.config.max_positions);
  LAB_TRY(const auto text, tokenizer_of(request));
  LAB_TRY(const Dataset dataset, dataset_of(*text, s));
  LAB_TRY(const Trainable trainable, trainable_of(model->base, s));
  LAB_TRY(const Plan plan, plan_training(objects().pool, {model->base, *model->source, trainable, dataset, s, "", s.recompute == Recompute::kNone}));
  Json reasons = Json::Array{};
  for (const std::string& reason : plan.reasons) reasons.array().push_back(reason);
  Json out = Json::Object{};
  out.set("eta_s", plan.eta_s).set("tokens_per_s", plan.tokens_per_s).set("peak_bytes", plan.peak_bytes);
  out.set("flops_per_token", plan.flops_per_token).set("fits", plan.fits).set("reasons", std::move(reasons));
  out.set("parameters", trainable.parameters()).set("steps", s.steps).set("recompute", plan.recompute == Recompute::kLayers);
  return out.set("samples", dataset.stats.samples).set("tokens", dataset.stats.tokens);
}

Result<Json> step(const Json& request) {
  LAB_TRY(const auto run, Working::on(request));
  return run->step();
}

Result<Json> validate(const Json& request) {
  LAB_TRY(const auto run, Working::on(request));
  LAB_TRY(const std::int64_t row, need_integer(request, "row"));
  return run->validate(row);
}

Result<Json> proof(const Json& request) {
  LAB_TRY(const auto run, objects().runs.find(request, "run"));
  return run->proof();
}

Result<Json> save(const Json& request) {
  LAB_TRY(const auto run, Working::on(request));
  LAB_TRY(const std::string path, need_string(request, "path"));
  LAB_TRY(const DType dtype, dtype_of(request));
  LAB_CHECK(run->save(path, dtype));
  return Json(Json::Object{});
}

Result<Json> save_checkpoint(const Json& request) {
  LAB_TRY(const auto run, Working::on(request));
  LAB_TRY(const std::string folder, need_string(request, "path"));
  LAB_CHECK(run->checkpoint(folder));
  return Json(Json::Object{});
}

Result<Json> run_memory(const Json& request) {
  LAB_TRY(const auto run, objects().runs.find(request, "run"));
  return Json(Json::Object{}).set("peak_bytes", run->peak_bytes);
}

}  // namespace lab::wasm
