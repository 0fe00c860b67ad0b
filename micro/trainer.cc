#include "trainer.h"

#include "random.h"
#include "strict.h"

namespace microlora {
namespace {

// Adam (Kingma and Ba 2015) whose second moment never falls (AMSGrad; Reddi et al. 2018): with one
// example a step, falling moments would keep the steps large when the errors are already small.
constexpr float kBeta1 = 0.9f, kBeta2 = 0.999f, kEpsilon = 1e-8f;
constexpr std::uint64_t kDropoutStream = std::uint64_t{1} << 40;

}  // namespace

bool TrainerConfig::valid() const {
  // W0 must fit the address space
  const bool fits =
      !has_base || shape.in <= static_cast<std::size_t>(-1) / 2 / sizeof(float) / padded(shape.out);
  return AdapterConfig{shape, alpha, init_scale, seed}.valid() && finite(learning_rate) &&
         learning_rate >= 0 && dropout >= 0 && dropout < 1 && init_scale > 0 && adam <= 1 &&
         has_base <= 1 && fits;
}

void Trainer::lay_out(Arena& arena, const TrainerConfig& wanted) {
  config = wanted;
  Adapter::lay_out(arena, {config.shape, config.alpha, config.init_scale, config.seed});
  moments = config.adam ? arena.take(2 * state_size()) : nullptr;  // right after the weights
  gradient_.lay_out(arena, *this);
  dropped_ = arena.take(in_stride);
  error_ = arena.take(out_stride);
  x = arena.take(in_stride);
  y = arena.take(out_stride);
  base = config.has_base ? arena.take(shape.in * out_stride) : nullptr;
}

void Trainer::reset() {
  Adapter::reset();
  forget();
  steps = examples = 0;
  clear(x, in_stride);
  clear(y, out_stride);
  clear(dropped_, in_stride);
  if (moments) clear(moments, 2 * state_size());
}

/// output = input W0.
void Trainer::apply_base(const float* input, float* output) const {
  clear(output, out_stride);
  for (std::uint32_t i = 0; base && i < shape.in; ++i)
    add_scaled(output, input[i], base + i * out_stride, out_stride);
}

Status Trainer::predict(const float* input, float* output) const {
  apply_base(input, output);
  if (Status s = forward(input, output, Into::kAdd); s != Status::kOk) return s;
  return finite(dot(output, output, out_stride)) ? Status::kOk : Status::kNotFinite;
}

Status Trainer::gather(const float* input, const float* target) {
  const float per_output = 1.0f / static_cast<float>(shape.out);
  const float* seen = input;
  if (config.dropout > 0) {
    const float kept = 1 / (1 - config.dropout);
    const Random random(config.seed, kDropoutStream + examples + gradient_.count);
    for (std::uint32_t i = 0; i < shape.in; ++i)
      dropped_[i] = random.unit(i) < config.dropout ? 0 : input[i] * kept;
    seen = dropped_;
  }
  // Strict arithmetic, so that learning has the same bits in every build.
  float low[kMaxRank];
  dot_rows(seen, a, in_stride, rows, low);
  apply_base(input, error_);
  for (std::uint32_t k = 0; k < shape.rank; ++k)
    add_scaled(error_, scale * low[k], b + k * out_stride, out_stride);
  add_scaled(error_, -1, target, out_stride);
  const float loss = loss_sum_ + dot(error_, error_, out_stride) * per_output;
  if (!finite(dot(input, input, in_stride)) || !finite(loss) ||
      gradient_.accumulate(*this, seen, error_, 2 * per_output) != Status::kOk) {
    forget();
    return Status::kNotFinite;
  }
  loss_sum_ = loss;
  return Status::kOk;
}

float Trainer::step() {
  const std::uint32_t count = gradient_.count;
  if (!count) return 0;
  const float loss = loss_sum_ / static_cast<float>(count);
  if (config.adam)
    step_adam();
  else
    gradient_.apply(*this, config.learning_rate);
  ++steps;
  examples += count;
  forget();
  return loss;
}

void Trainer::forget() {
  gradient_.clear(*this);
  loss_sum_ = 0;
}

void Trainer::step_adam() {
  float power1 = 1,
        power2 = 1;  // beta^steps by squaring: no library function whose bits could differ
  float factor1 = kBeta1, factor2 = kBeta2;
  for (std::uint64_t n = steps + 1; n; n >>= 1, factor1 *= factor1, factor2 *= factor2) {
    if (n & 1) {
      power1 *= factor1;
      power2 *= factor2;
    }
  }
  const F4 per_example = splat(1 / static_cast<float>(gradient_.count));
  const F4 square_correction = splat(1 / (1 - power2)),
           rate = splat(config.learning_rate / (1 - power1));
  // Weights, gradients and moments are each one array, A's rows before B's.
  float* mean = moments;
  float* square = moments + state_size();
  for (std::size_t i = 0; i < state_size(); i += 4) {
    const F4 g = load(gradient_.a + i) * per_example;
    const F4 m = splat(kBeta1) * load(mean + i) + splat(1 - kBeta1) * g;
    const F4 old = load(square + i), now = splat(kBeta2) * old + splat(1 - kBeta2) * (g * g);
    const F4 v = now > old ? now : old;
    store(mean + i, m);
    store(square + i, v);
    const F4 root = square_root(v * square_correction) + splat(kEpsilon);
    store(a + i, clamp(load(a + i) - rate * m / root, kWeightLimit));
  }
}

}  // namespace microlora
