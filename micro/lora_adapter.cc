#include "lora_adapter.h"

#include "strict.h"

namespace microlora {

Error describe(Status status, std::string_view what) {
  const char* why = "";
  switch (status) {
    case Status::kOk:
      break;
    case Status::kNotFinite:
      why = "expected finite numbers of moderate size, got NaN, infinity or an overflow";
      break;
    case Status::kRange:
      why = "expected dimensions of 1 to 65536, a rank of 1 to 16 and finite settings";
      break;
    case Status::kMemory:
      why = "the memory is not to be had";
      break;
    case Status::kFormat:
      why = "expected the bytes of a saved adapter";
      break;
    case Status::kVersion:
      why = "expected format version 1";
      break;
    case Status::kShape:
      why = "lengths, rank and dimensions contradict each other";
      break;
    case Status::kChecksum:
      why = "the bytes were changed or cut after saving";
      break;
    case Status::kIo:
      why = "the file cannot be read or written";
      break;
  }
  return {status, std::string(what) + ": " + why};
}

Result<void> need(std::string_view what, std::size_t expected, std::size_t got) {
  if (expected == got) return {};
  return std::unexpected(Error{Status::kShape, std::string(what) + ": expected " +
                                                   std::to_string(expected) + " numbers, got " +
                                                   std::to_string(got)});
}

namespace {

Result<void> to_result(Status status, std::string_view what) {
  if (status == Status::kOk) return {};
  return std::unexpected(describe(status, what));
}

/// A row into a padded buffer, whose padding is and stays zero.
void fill(float* buffer, std::span<const float> row) { copy(buffer, row.data(), row.size()); }

bool whole_vectors(const Shape& shape) { return shape.in % kLanes == 0 && shape.out % kLanes == 0; }

}  // namespace

Result<LoraAdapter> LoraAdapter::make(std::uint32_t in_features, std::uint32_t out_features,
                                      std::uint32_t rank, float alpha, std::uint64_t seed) {
  LoraAdapter adapter;
  const Status s =
      adapter.core_.create(FeedbackConfig{{in_features, out_features, rank}, alpha, seed});
  if (s != Status::kOk) return std::unexpected(describe(s, "adapter"));
  return adapter;
}

Result<LoraAdapter> LoraAdapter::from_state(const LoraAdapterState& state) {
  auto adapter = make(state.in_features, state.out_features, state.rank,
                      state.scaling * static_cast<float>(state.rank), state.seed);
  if (!adapter) return adapter;
  Adapter& core = adapter->core();
  core.scale = state.scaling;
  if (auto r = need("lora_a", std::size_t{state.in_features} * state.rank, state.lora_a.size());
      !r) {
    return std::unexpected(r.error());
  }
  if (auto r = need("lora_b", std::size_t{state.rank} * state.out_features, state.lora_b.size());
      !r) {
    return std::unexpected(r.error());
  }
  const Status s = core.write(state.lora_a.data(), state.lora_b.data());
  if (s != Status::kOk) return std::unexpected(describe(s, "weights"));
  return adapter;
}

LoraAdapterState LoraAdapter::export_state() const {
  const Shape& s = core_->shape;
  LoraAdapterState state{std::vector<float>(std::size_t{s.in} * s.rank),
                         std::vector<float>(std::size_t{s.rank} * s.out),
                         s.in,
                         s.out,
                         s.rank,
                         core_->scale,
                         core_->seed};
  core_->read(state.lora_a.data(), state.lora_b.data());
  return state;
}

Result<void> LoraAdapter::forward(std::span<const float> x, std::span<float> y) const {
  if (auto r = need("input", in_features(), x.size()); !r) return r;
  return forward_batch(x, y);
}

Result<void> LoraAdapter::forward_batch(std::span<const float> x, std::span<float> y) const {
  const std::size_t in = in_features(), out = out_features(), rows = x.size() / in;
  if (auto r = need("input", rows * in, x.size()); !r) return r;
  if (auto r = need("output", rows * out, y.size()); !r) return r;
  for (std::size_t i = 0; i < rows; ++i) {
    Status s;
    if (whole_vectors(core_->shape)) {
      s = core_->forward(&x[i * in], &y[i * out], Into::kReplace);
    } else {
      fill(core_->x, x.subspan(i * in, in));
      s = core_->forward(core_->x, core_->y, Into::kReplace);
      if (s == Status::kOk) copy(&y[i * out], core_->y, out);
    }
    if (s != Status::kOk) return to_result(s, "input");
  }
  return {};
}

Result<void> LoraAdapter::forward_add(std::span<const float> x, std::span<float> y) const {
  if (auto r = need("input", in_features(), x.size()); !r) return r;
  if (auto r = need("output", out_features(), y.size()); !r) return r;
  fill(core_->x, x);
  fill(core_->y, y);
  const Status s = core_->forward(core_->x, core_->y, Into::kAdd);
  if (s == Status::kOk) copy(y.data(), core_->y, y.size());
  return to_result(s, "input");
}

Result<void> LoraAdapter::load_buffers(std::span<const float> x, std::span<const float> g) {
  if (auto r = need("input", in_features(), x.size()); !r) return r;
  if (auto r = need("gradient", out_features(), g.size()); !r) return r;
  fill(core_->x, x);
  fill(core_->y, g);
  return {};
}

Result<void> LoraAdapter::accumulate_gradient(std::span<const float> x, std::span<const float> g,
                                              float reward) {
  if (auto r = load_buffers(x, g); !r) return r;
  return to_result(core_->gradient.accumulate(*core_, core_->x, core_->y, reward), "gradient");
}

Result<void> LoraAdapter::check_ewc(const EwcState& ewc) const {
  if (auto r = need("Fisher information of A", core_->a_size(), ewc.a_size); !r) return r;
  return need("Fisher information of B", core_->b_size(), ewc.b_size);
}

Result<void> LoraAdapter::apply_gradients_with_ewc(float lr, const EwcState& ewc, float lambda) {
  if (auto r = check_ewc(ewc); !r) return r;
  apply_with_ewc(*core_, core_->gradient, ewc, lr, lambda);
  return {};
}

Result<void> LoraAdapter::update_fisher(EwcState& ewc, float decay) const {
  if (auto r = check_ewc(ewc); !r) return r;
  if (!(decay >= 0 && decay <= 1)) {
    return std::unexpected(
        Error{Status::kRange, "decay: expected 0 to 1, got " + std::to_string(decay)});
  }
  ewc.update_fisher(core_->gradient, decay);
  return {};
}

Result<Owned<EwcState>> LoraAdapter::make_ewc() const {
  Owned<EwcState> ewc;
  if (Status s = ewc.create<Adapter>(*core_); s != Status::kOk)
    return std::unexpected(describe(s, "EWC state"));
  ewc->update_optimal(*core_);
  return ewc;
}

Result<void> LoraAdapter::merge_into(std::span<float> w) const {
  if (auto r = need("weights", std::size_t{in_features()} * out_features(), w.size()); !r) return r;
  for (std::uint32_t i = 0; i < in_features(); ++i) {
    clear(core_->y, core_->out_stride);
    core_->add_delta(core_->y, i, 1);
    for (std::uint32_t j = 0; j < out_features(); ++j)
      w[std::size_t{i} * out_features() + j] += core_->y[j];
  }
  return {};
}

}  // namespace microlora
