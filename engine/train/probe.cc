#include "train/probe.h"

#include "base/cat.h"
#include "device/count/count_device.h"
#include "train/trainer.h"

namespace lab {
namespace {

Status check(const ProbeRequest& r, std::int64_t vocab) {
  if (r.rows < 1 || r.cols < 2 || r.ids.size() != static_cast<std::size_t>(r.rows * r.cols))
    return fail(Error{Code::kBadArgument, "input_ids must be a matrix of at least two columns"}.of("input_ids"));
  if (!r.labels.empty() && r.labels.size() != r.ids.size())
    return fail(Error{Code::kBadArgument, "labels must have the shape of input_ids"}.of("labels"));
  for (std::int32_t id : r.ids)
    if (id < 0 || id >= vocab)
      return fail(Error{Code::kBadArgument, cat("the id ", id, " is outside the vocabulary of ", vocab)}.of("input_ids"));
  for (std::int32_t id : r.labels)
    if (id != -100 && (id < 0 || id >= vocab))
      return fail(Error{Code::kBadArgument, cat("the label ", id, " is outside the vocabulary of ", vocab)}.of("labels"));
  return {};
}

/// The rows as packed documents; the target of a token is the row's next one.
Batch batch_of(const ProbeRequest& r, const std::vector<std::int32_t>& next) {
  Batch batch;
  batch.ids = r.ids;
  for (std::int64_t row = 0; row < r.rows; ++row)
    for (std::int64_t col = 0; col < r.cols; ++col) {
      const bool last = col + 1 == r.cols;
      const std::int32_t target = last ? -100 : next[static_cast<std::size_t>(row * r.cols + col + 1)];
      batch.targets.push_back(target);
      batch.positions.push_back(static_cast<std::int32_t>(col));
      batch.segment_begin.push_back(static_cast<std::int32_t>(row * r.cols));
      batch.loss_tokens += target >= 0;
    }
  batch.tokens = r.rows * r.cols;
  return batch;
}

/// Copies the residual stream and its gradients to the host as the pass goes by.
class Recorder final : public PassObserver {
 public:
  Recorder(Device& device, const ProbeRequest& request, std::int64_t hidden) : device_(device) {
    shape_ = {static_cast<std::uint64_t>(request.rows), static_cast<std::uint64_t>(request.cols), static_cast<std::uint64_t>(hidden)};
  }
  void hidden(std::int64_t index, Reals x) override { record(cat("hidden.", index), x); }
  void hidden_gradient(std::int64_t index, Reals d) override { record(cat("grad_hidden.", index), d); }
  std::vector<ProbeTensor> tensors;

 private:
  void record(std::string name, Reals values) {
    ProbeTensor tensor{std::move(name), shape_, std::vector<float>(static_cast<std::size_t>(values.count))};
    device_.read(values, tensor.values.data());
    tensors.push_back(std::move(tensor));
  }
  Device& device_;
  std::vector<std::uint64_t> shape_;
};

double mean(Device& device, Reals losses) {
  std::vector<float> values(static_cast<std::size_t>(losses.count));
  device.read(losses, values.data());
  double sum = 0;
  for (float value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

/// Everything that one device does: memory, the pass, and the results.
struct Bench {
  Device& device;
  const Model& base;
  const AdapterValues* adapter;
  const ProbeRequest& request;
  Reals params, grads;

  Model attach(Arena& arena) {
    Model model = base;
    if (adapter == nullptr) return model;
    params = arena.reals(adapter->plan.parameters());
    if (request.gradients) grads = arena.reals(params.count);
    const Reals norms = arena.reals(norm_count(adapter->plan));
    upload_adapter(device, base.config, *adapter, params);
    attach_adapter(model, adapter->plan, params, grads, norms);
    refresh_norms(device, model, adapter->plan);
    return model;
  }

  double pass_loss(Arena& arena, Pass& pass, const Model& model, const Batch& batch, bool gradient, Recorder* recorder) {
    std::vector<std::int32_t> rows, targets;
    for (std::size_t i = 0; i < batch.targets.size(); ++i)
      if (batch.targets[i] >= 0) {
        rows.push_back(static_cast<std::int32_t>(i));
        targets.push_back(batch.targets[i]);
      }
    std::vector<LayerKept> kept(model.layers.size());
    LossPass args;
    args.loss_count = batch.loss_tokens;
    args.loss_rows = arena.ints(args.loss_count);
    args.loss_targets = arena.ints(args.loss_count);
    args.losses = arena.reals(args.loss_count);
    device.write(args.loss_rows, rows.data());
    device.write(args.loss_targets, targets.data());
    args.gradient_scale = 1.0 / static_cast<double>(batch.loss_tokens);
    args.gradient = gradient;
    args.kept = &kept;
    args.observer = recorder;
    loss_pass(pass, model, args);
    return mean(device, args.losses);
  }

  /// Logits of all tokens, a chunk of rows at a time, through a cache-free forward.
  ProbeTensor logits(Arena& arena, Pass& pass, const Model& model, Reals x) {
    const std::int64_t vocab = model.config.vocab, tokens = request.rows * request.cols, step = head_chunk_rows(model.config);
    ProbeTensor out{"logits", {static_cast<std::uint64_t>(request.rows), static_cast<std::uint64_t>(request.cols), static_cast<std::uint64_t>(vocab)},
                    std::vector<float>(static_cast<std::size_t>(tokens * vocab))};
    for (std::int64_t first = 0; first < tokens; first += step) {
      const Arena::Scope scope(arena);
      const std::int64_t count = std::min(step, tokens - first);
      const Reals chunk = arena.reals(count * vocab);
      head_logits(pass, model, x, first, count, chunk);
      device.read(chunk, out.values.data() + first * vocab);
    }
    return out;
  }

  ProbeResult run(Arena& arena) {
    ProbeResult result;
    const Model model = attach(arena);
    const DeviceRope rope = write_rope(device, arena, base.config, request.cols);
    PackedTokens packed(base.config, request.rows * request.cols);
    Pass pass{device, arena, 0, {}, {}, {}, {}, {}, rope.cosines, rope.sines, {}};
    const Batch batch = batch_of(request, request.ids);
    packed.write(pass, {batch.ids, batch.positions, batch.segment_begin});

    Recorder recorder(device, request, base.config.hidden);
    result.loss = pass_loss(arena, pass, model, batch, request.gradients, &recorder);
    result.tensors = std::move(recorder.tensors);
    const std::int64_t size = request.rows * request.cols * base.config.hidden;
    for (std::size_t i = 0; i < result.tensors.size(); ++i)
      if (result.tensors[i].name == cat("hidden.", base.config.layers)) {
        const Reals x = arena.reals(size);
        device.write(x, result.tensors[i].values.data());
        result.tensors.push_back(logits(arena, pass, model, x));
        break;
      }
    auto scalar = [&](const char* name, double value) { result.tensors.push_back({name, {1}, {static_cast<float>(value)}}); };
    scalar("loss", result.loss);
    if (!request.labels.empty()) {
      const Batch masked = batch_of(request, request.labels);
      if (masked.loss_tokens > 0) scalar("loss_masked", pass_loss(arena, pass, model, masked, false, nullptr));
    }
    return result;
  }
};

void add_adapter_tensors(const std::string& prefix, const AdapterValues& values, std::vector<ProbeTensor>& out) {
  for (const AdapterTensor& tensor : adapter_tensors(values.plan)) {
    const float* first = values.values.data() + tensor.first;
    out.push_back({cat(prefix, "base_model.model.", tensor.name), tensor.shape, {first, first + tensor.count}});
  }
}

Status train(Device& device, const Model& base, const AdapterValues& adapter, const ProbeRequest& r, ProbeResult& result) {
  TrainerOptions options;
  options.adamw.weight_decay = r.weight_decay;
  options.clip = 0;
  options.context = r.cols;
  options.micro_tokens = r.rows * r.cols;
  LAB_TRY(auto trainer, Trainer::create(device, base, Trainable(adapter.plan), options));
  upload_adapter(device, base.config, adapter, trainer->params());
  trainer->restored(0);
  const Batch batch = batch_of(r, r.ids);
  ProbeTensor losses{"train_loss", {static_cast<std::uint64_t>(r.train_steps)}, {}};
  for (std::int64_t step = 0; step < r.train_steps; ++step) {
    LAB_TRY(const StepResult done, trainer->step(std::span(&batch, 1), r.lr));
    losses.values.push_back(static_cast<float>(done.loss));
  }
  result.tensors.push_back(std::move(losses));
  add_adapter_tensors("trained.", download_adapter(device, base.config, adapter.plan, trainer->params()), result.tensors);
  return {};
}

}  // namespace

Result<ProbeResult> probe(Device& device, const Model& base, const AdapterValues* adapter, const ProbeRequest& request) {
  LAB_CHECK(check(request, base.config.vocab));
  CountDevice counting(device.real_dtype());
  Arena measured(0, UINT64_MAX / 2, device.real_bytes());
  Bench{counting, base, adapter, request, {}, {}}.run(measured);
  LAB_TRY(const std::uint64_t address, device.allocate(measured.peak_bytes()));
  Arena arena(address, measured.peak_bytes(), device.real_bytes());
  Bench bench{device, base, adapter, request, {}, {}};
  ProbeResult result = bench.run(arena);
  if (adapter == nullptr) return result;
  if (request.gradients)
    add_adapter_tensors("grad.", download_adapter(device, base.config, adapter->plan, bench.grads), result.tensors);
  if (request.train_steps > 0) LAB_CHECK(train(device, base, *adapter, request, result));
  return result;
}

}  // namespace lab
