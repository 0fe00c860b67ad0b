#include "adapters.h"

#include "adapter/adapter_values.h"
#include "device/cpu/cpu_device.h"
#include "training_run.h"

namespace lab::wasm {
namespace {

Result<double> strength_of(const Json& request) {
  const Json* strength = request.find("strength");
  if (strength == nullptr || strength->is_null()) return 1.0;
  if (strength->is_number() && strength->number() >= 0 && strength->number() <= 2) return strength->number();
  return fail(Error{Code::kBadArgument, "the adapter's strength is not a number from 0 to 2"}.of("strength"));
}

bool names(const Json& request, std::string_view key) {
  const Json* value = request.find(key);
  return value != nullptr && !value->is_null();
}

/// The request's adapter, which must be one of this model.
Result<std::shared_ptr<OpenAdapter>> adapter_of(const OpenModel& model, const Json& request) {
  LAB_TRY(auto adapter, objects().adapters.find(request, "adapter"));
  if (adapter->model.get() != &model)
    return fail(Error{Code::kMismatch, "this adapter was loaded for another model"}.of("adapter").fix("Load it with this model's loadAdapter()."));
  return adapter;
}

Result<std::shared_ptr<TrainingRun>> run_of(const OpenModel& model, const Json& request) {
  LAB_TRY(auto run, objects().runs.find(request, "run"));
  if (&run->base() != &model)
    return fail(Error{Code::kMismatch, "this run trains another model"}.of("run").fix("Ask the model that the run was started with."));
  return run;
}

std::string targets_json_name(const PairPlan& pair) {
  const auto dot = pair.module.rfind('.');
  return pair.module.substr(dot == pair.module.npos ? 0 : dot + 1);
}

/// rank, alpha, variant, targets, parameters ...
Json describe(const LoadedAdapter& loaded) {
  Json targets = Json::Array{};
  std::vector<std::string> seen;
  for (const PairPlan& pair : loaded.adapter.plan.pairs) {
    const std::string name = targets_json_name(pair);
    if (std::find(seen.begin(), seen.end(), name) != seen.end()) continue;
    seen.push_back(name);
    targets.array().push_back(name);
  }
  const LoraConfig& lora = loaded.lora;
  Json out = Json::Object{};
  out.set("rank", lora.rank).set("alpha", lora.alpha).set("variant", lora.dora ? "dora" : lora.rslora ? "rslora" : "lora");
  out.set("targets", std::move(targets)).set("pairs", static_cast<std::int64_t>(loaded.adapter.plan.pairs.size()));
  return out.set("parameters", loaded.adapter.plan.parameters()).set("base_model", loaded.base_model);
}

}  // namespace

AdapterValues Attached::values() const { return download_adapter(*device, model.config, plan, params); }

Result<std::shared_ptr<const Attached>> attach(const Model& base, AdapterValues values, double strength) {
  auto out = std::make_shared<Attached>();
  out->device = make_cpu_device(objects().pool);
  for (PairPlan& pair : values.plan.pairs) pair.scale *= strength;
  out->plan = values.plan;
  const std::uint32_t width = out->device->real_bytes();
  const std::int64_t count = out->plan.parameters(), norms = norm_count(out->plan), first_norm = (count + 15) / 16 * 16;
  LAB_TRY(const std::uint64_t address, out->device->allocate(static_cast<std::uint64_t>(first_norm + norms) * width));
  out->params = {address, count, width};
  upload_adapter(*out->device, base.config, values, out->params);
  out->model = base;
  attach_adapter(out->model, out->plan, out->params, {}, {address + static_cast<std::uint64_t>(first_norm) * width, norms, width});
  refresh_norms(*out->device, out->model, out->plan);
  return out;
}

Result<ChosenModel> choose_model(const std::shared_ptr<OpenModel>& model, const Json& request) {
  LAB_TRY(const double strength, strength_of(request));
  const std::string ending = strength == 1 ? "" : cat(" x ", strength);
  ChosenModel chosen;
  if (names(request, "adapter")) {
    LAB_TRY(const auto adapter, adapter_of(*model, request));
    chosen.name = cat("adapter ", request.find("adapter")->integer(), ending);
    auto attached = adapter->attached;
    if (strength != 1 && chosen.name == model->session_fed) attached = std::static_pointer_cast<const Attached>(model->session_owner);
    else if (strength != 1) {
      LAB_TRY(attached, attach(model->base, adapter->attached->values(), strength));
    }
    chosen.model = &attached->model;
    chosen.owner = std::move(attached);
  } else if (names(request, "run")) {
    LAB_TRY(const auto run, run_of(*model, request));
    chosen.name = cat("run ", request.find("run")->integer(), " step ", run->trainer().steps_done(), ending);
    if (run->trainer().trainable().full()) {
      if (strength != 1)
        return fail(Error{Code::kUnsupported, "a model that is trained as a whole has no adapter whose strength could be set"}.of("strength"));
      chosen.model = &run->trainer().model();
      chosen.owner = run;
      return chosen;
    }
    std::shared_ptr<const Attached> attached;
    if (chosen.name == model->session_fed) attached = std::static_pointer_cast<const Attached>(model->session_owner);
    else {
      LAB_TRY(attached, attach(model->base, run->values(), strength));
    }
    chosen.model = &attached->model;
    chosen.owner = std::move(attached);
  } else {
    chosen = {"base", nullptr, &model->base};
  }
  return chosen;
}

Result<std::optional<AdapterValues>> chosen_values(const OpenModel& model, const Json& request) {
  if (names(request, "adapter")) {
    LAB_TRY(const auto adapter, adapter_of(model, request));
    return adapter->attached->values();
  }
  if (!names(request, "run")) return std::nullopt;
  LAB_TRY(const auto run, run_of(model, request));
  if (run->trainer().trainable().full())
    return fail(Error{Code::kUnsupported, "this run trains the whole model, so there is no adapter to look at"}.of("run"));
  return run->values();
}

Result<Json> load_adapter(const Json& request) {
  LAB_TRY(const auto model, objects().models.find(request, "model"));
  LAB_TRY(const std::string path, need_string(request, "path"));
  LAB_TRY(LoadedAdapter loaded, read_adapter(path, model->base.config));
  Json out = describe(loaded);
  auto adapter = std::make_shared<OpenAdapter>();
  adapter->model = model;
  LAB_TRY(adapter->attached, attach(model->base, std::move(loaded.adapter), 1));
  return out.set("adapter", objects().adapters.add(std::move(adapter)));
}

}  // namespace lab::wasm
