// lora-lab probe: runs given token ids and writes what the model computes, for proof.
#include <algorithm>
#include <cstdio>
#include <cstring>

#include "commands.h"
#include "file/safetensors.h"
#include "infer/session.h"
#include "train/probe.h"
#include "usage.h"
#include "workbench.h"

namespace lab::cli {
namespace {

struct Options {
  ModelOptions model;
  std::string ids, out;
  ProbeRequest request;
  std::int64_t more = 0;
  bool json = false;
};

Result<std::vector<std::int32_t>> read_ids(const Safetensors& file, std::string_view name, ProbeRequest* shape) {
  const TensorView* view = file.tensor(name);
  if (view == nullptr)
    return fail(Error{Code::kNotFound, "the file lacks the tensor"}.in(file.name()).of(name));
  if ((view->dtype != DType::kI32 && view->dtype != DType::kI64) || view->shape.size() != 2)
    return fail(Error{Code::kMismatch, "the tensor is not a matrix of 32- or 64-bit integers"}.in(file.name()).of(name));
  std::vector<std::int32_t> ids(view->elements());
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (view->dtype == DType::kI32) std::memcpy(&ids[i], view->bytes.data() + i * 4, 4);
    std::int64_t wide = 0;
    if (view->dtype == DType::kI64) {
      std::memcpy(&wide, view->bytes.data() + i * 8, 8);
      ids[i] = wide == static_cast<std::int32_t>(wide) ? static_cast<std::int32_t>(wide) : INT32_MIN;
    }
  }
  if (shape != nullptr) {
    shape->rows = static_cast<std::int64_t>(view->shape[0]);
    shape->cols = static_cast<std::int64_t>(view->shape[1]);
  }
  return ids;
}

/// The greedy continuation of the first row.
Result<std::vector<std::int32_t>> continue_greedily(const Workbench& bench, const ProbeRequest& request, std::int64_t count) {
  LAB_TRY(auto session, Session::create(*bench.device, bench.model, request.cols + count));
  LAB_CHECK(session->feed(bench.model, std::span(request.ids).first(static_cast<std::size_t>(request.cols))));
  std::vector<std::int32_t> out;
  for (;;) {
    const auto logits = session->logits();
    out.push_back(static_cast<std::int32_t>(std::max_element(logits.begin(), logits.end()) - logits.begin()));
    if (static_cast<std::int64_t>(out.size()) == count) return out;
    LAB_CHECK(session->feed(bench.model, std::span(&out.back(), 1)));
  }
}

Result<Json> run(Options& o) {
  LAB_TRY(const Workbench bench, open_workbench(o.model));
  LAB_TRY(auto source, map_file(o.ids));
  LAB_TRY(const Safetensors file, Safetensors::read(source));
  ProbeRequest& request = o.request;
  LAB_TRY(request.ids, read_ids(file, "input_ids", &request));
  if (file.tensor("labels") != nullptr) {
    LAB_TRY(request.labels, read_ids(file, "labels", nullptr));
  }
  LAB_TRY(const ProbeResult result, probe(*bench.device, bench.base, bench.adapter ? &bench.adapter->adapter : nullptr, request));

  std::vector<NamedTensor> tensors;
  for (const ProbeTensor& tensor : result.tensors)
    tensors.push_back({tensor.name, {DType::kF32, tensor.shape, std::as_bytes(std::span(tensor.values))}});
  std::vector<std::int32_t> greedy;
  if (o.more > 0) {
    LAB_TRY(greedy, continue_greedily(bench, request, o.more));
    tensors.push_back({"greedy", {DType::kI32, {greedy.size()}, std::as_bytes(std::span(greedy))}});
  }
  LAB_CHECK(write_safetensors(o.out, tensors, {}));
  if (!o.json)
    std::printf("loss %.6f over %lld tokens; %zu tensors in %s\n", result.loss,
                static_cast<long long>(request.rows * request.cols), tensors.size(), o.out.c_str());
  Json out = Json::Object{};
  out.set("loss", result.loss).set("tokens", request.rows * request.cols).set("out", o.out);
  return out;
}

}  // namespace

void add_probe(CLI::App& app, Exit& exit) {
  CLI::App* command = app.add_subcommand("probe", "Writes logits, losses, hidden states and gradients of given token ids");
  auto o = std::make_shared<Options>();
  add_model_options(*command, o->model);
  command->add_option("--ids", o->ids, "A safetensors file with input_ids [rows, tokens] and perhaps labels")->required();
  command->add_option("--out", o->out, "The safetensors file to write")->required();
  command->add_flag("--grads", o->request.gradients, "Also the gradient of every adapter tensor and of the hidden states");
  command->add_option("--train-steps", o->request.train_steps, "Train the adapter this many steps on the ids")->check(in_range(0, 1000000));
  command->add_option("--lr", o->request.lr, "Learning rate of those steps")->capture_default_str();
  command->add_option("--weight-decay", o->request.weight_decay, "Weight decay of those steps")->capture_default_str();
  command->add_option("--continue", o->more, "Also the greedy continuation of the first row by this many tokens")->check(in_range(0, 1000000));
  command->add_flag("--json", o->json, "Print one JSON object");
  command->callback([o, &exit] { finish(exit, o->json, [&] { return run(*o); }); });
}

}  // namespace lab::cli
