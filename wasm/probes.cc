// Requests for proof: what the model computes from given ids, and its gradients beside differences.
#include <algorithm>
#include <cmath>

#include "adapters.h"
#include "base/rng.h"
#include "device/cpu/cpu_device.h"
#include "file/safetensors.h"
#include "infer/session.h"
#include "train/probe.h"
#include "train/slope_check.h"
#include "training_run.h"

namespace lab::wasm {

/// A gradient check that goes on direction by direction.
class OpenGradientCheck {
 public:
  std::shared_ptr<OpenModel> model;
  AdapterValues at;
  ProbeRequest request;
  std::int64_t directions = 0, done = 0;
  double loss = 0;
  std::vector<float> gradient;

  /// The loss and, at the beginning, the gradient, with the adapter's values replaced.
  Result<ProbeResult> probe_at(bool gradients) {
    request.gradients = gradients;
    const std::unique_ptr<Device> device = make_cpu_device(objects().pool);
    return probe(*device, model->base, &at, request);
  }
};

namespace {

/// A matrix of ids as JavaScript has it, a list of lists.
Status read_rows(const Json& request, std::string_view key, std::int64_t vocab, std::vector<std::int32_t>& out, ProbeRequest* shape) {
  const Json* rows = request.find(key);
  if (rows == nullptr || !rows->is_array() || rows->array().empty())
    return fail(Error{Code::kBadArgument, cat(key, " is not a list of rows of token ids")}.of(key));
  for (const Json& row : rows->array()) {
    if (!row.is_array() || row.array().size() != rows->array().front().array().size())
      return fail(Error{Code::kBadArgument, "rows are lists of the same length"}.of(key));
    for (const Json& id : row.array()) {
      if (!id.is_integer() || id.integer() < -100 || id.integer() >= vocab)
        return fail(Error{Code::kBadArgument, cat("an id is outside the vocabulary of ", vocab)}.of(key));
      out.push_back(static_cast<std::int32_t>(id.integer()));
    }
  }
  if (shape == nullptr) return {};
  shape->rows = static_cast<std::int64_t>(rows->array().size());
  shape->cols = static_cast<std::int64_t>(rows->array().front().array().size());
  return {};
}

Result<ProbeRequest> probe_request(const OpenModel& model, const Json& request) {
  ProbeRequest out;
  LAB_CHECK(read_rows(request, "ids", model.base.config.vocab, out.ids, &out));
  if (request.find("labels") != nullptr) LAB_CHECK(read_rows(request, "labels", model.base.config.vocab, out.labels, nullptr));
  out.gradients = flag(request, "grads");
  if (request.find("train_steps") != nullptr) {
    LAB_TRY(out.train_steps, need_integer(request, "train_steps"));
  }
  if (request.find("lr") != nullptr) {
    LAB_TRY(out.lr, need_number(request, "lr"));
  }
  if (request.find("weight_decay") != nullptr) {
    LAB_TRY(out.weight_decay, need_number(request, "weight_decay"));
  }
  return out;
}

/// The greedy continuation of the first row.
Result<std::vector<std::int32_t>> continue_greedily(const OpenModel& model, const Model& with, const ProbeRequest& request, std::int64_t count) {
  const std::unique_ptr<Device> device = make_cpu_device(objects().pool);
  LAB_TRY(auto session, Session::create(*device, model.base, request.cols + count));
  LAB_CHECK(session->feed(with, std::span(request.ids).first(static_cast<std::size_t>(request.cols))));
  std::vector<std::int32_t> out;
  for (;;) {
    const auto logits = session->logits();
    out.push_back(static_cast<std::int32_t>(std::max_element(logits.begin(), logits.end()) - logits.begin()));
    if (static_cast<std::int64_t>(out.size()) == count) return out;
    LAB_CHECK(session->feed(with, std::span(&out.back(), 1)));
  }
}

/// A small adapter on every linear layer, none of whose gradients vanish.
Result<AdapterValues> any_adapter(const ModelConfig& config, std::uint64_t seed) {
  LoraConfig lora;
  lora.rank = 4;
  lora.alpha = 8;
  LAB_TRY(const AdapterPlan plan, plan_adapter(config, lora));
  AdapterValues values = initial_values(plan, seed);
  const Philox philox(seed, Stream::kDirection);
  std::size_t at = 0;
  for (const PairPlan& pair : plan.pairs) {
    at += static_cast<std::size_t>(pair.a_count());
    for (std::int64_t i = 0; i < pair.b_count(); ++i, ++at) values.values[at] = 0.02F * philox.normal(at);
  }
  return values;
}

}  // namespace

Result<Json> probe(const Json& request) {
  LAB_TRY(const auto model, objects().models.find(request, "model"));
  LAB_TRY(const ProbeRequest asked, probe_request(*model, request));
  LAB_TRY(const auto values, chosen_values(*model, request));
  LAB_TRY(const std::string path, need_string(request, "path"));
  const std::unique_ptr<Device> device = make_cpu_device(objects().pool);
  LAB_TRY(const ProbeResult result, lab::probe(*device, model->base, values ? &*values : nullptr, asked));
  std::vector<NamedTensor> tensors;
  for (const ProbeTensor& tensor : result.tensors)
    tensors.push_back({tensor.name, {DType::kF32, tensor.shape, std::as_bytes(std::span(tensor.values))}});
  std::vector<std::int32_t> greedy;
  if (const Json* more = request.find("continue"); more != nullptr && more->is_integer() && more->integer() > 0) {
    LAB_TRY(const ChosenModel chosen, choose_model(model, request));
    LAB_TRY(greedy, continue_greedily(*model, *chosen.model, asked, more->integer()));
    tensors.push_back({"greedy", {DType::kI32, {greedy.size()}, std::as_bytes(std::span(greedy))}});
  }
  LAB_CHECK(write_safetensors(path, tensors, {}));
  return Json(Json::Object{}).set("loss", result.loss).set("tokens", asked.rows * asked.cols);
}

Result<Json> check_gradient(const Json& request) {
  LAB_TRY(const auto model, objects().models.find(request, "model"));
  auto check = std::make_shared<OpenGradientCheck>();
  check->model = model;
  LAB_TRY(check->directions, need_integer(request, "directions"));
  if (check->directions < 2 || check->directions > 64)
    return fail(Error{Code::kBadArgument, "a gradient is checked along 2 to 64 directions"}.of("directions"));
  LAB_TRY(auto values, chosen_values(*model, request));
  if (!values) {
    LAB_TRY(values, any_adapter(model->base.config, 0));
  }
  check->at = std::move(*values);
  if (request.find("ids") != nullptr) {
    LAB_TRY(check->request, probe_request(*model, request));
  } else {
    LAB_TRY(const auto run, objects().runs.find(request, "run"));
    check->request.ids = run->sample_ids(64);
    check->request.rows = 1;
    check->request.cols = static_cast<std::int64_t>(check->request.ids.size());
  }
  LAB_TRY(const ProbeResult result, check->probe_at(true));
  check->loss = result.loss;
  // The tensors come in the order of the flat array.
  for (const ProbeTensor& tensor : result.tensors)
    if (tensor.name.starts_with("grad.")) check->gradient.insert(check->gradient.end(), tensor.values.begin(), tensor.values.end());
  Json out = Json::Object{};
  out.set("loss", check->loss).set("parameters", static_cast<std::int64_t>(check->gradient.size())).set("tokens", check->request.cols * check->request.rows);
  return out.set("check", objects().checks.add(std::move(check)));
}

Result<Json> next_direction(const Json& request) {
  LAB_TRY(const auto check, objects().checks.find(request, "check"));
  const std::vector<float> start = check->at.values;
  const auto loss_at = [&](std::span<const float> parameters) -> Result<double> {
    check->at.values.assign(parameters.begin(), parameters.end());
    LAB_TRY(const ProbeResult result, check->probe_at(false));
    return result.loss;
  };
  auto slope = check_slope(start, check->gradient, check->loss, check->done, check->directions, 1, loss_at);
  check->at.values = start;
  if (!slope) return fail(std::move(slope.error()));
  ++check->done;
  Json out = Json::Object{};
  out.set("direction", check->done).set("parameters", slope->parameters).set("backward", slope->backward).set("central", slope->central);
  const double scale = std::max(std::abs(slope->backward), std::abs(slope->central));
  return out.set("step", slope->step).set("difference", std::abs(slope->backward - slope->central) / scale).set("over", check->done >= check->directions);
}

}  // namespace lab::wasm
