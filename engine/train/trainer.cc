#include "train/trainer.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "base/cat.h"
#include "base/out_of_memory.h"
#include "device/count/count_device.h"

namespace lab {
namespace {

constexpr std::uint64_t kUnlimited = UINT64_MAX / 2;

std::uint64_t padded(std::int64_t count, std::uint32_t width) {
  return (static_cast<std::uint64_t>(count) * width + 63) & ~std::uint64_t{63};
}

std::int64_t loss_tokens(const TrainerOptions& options) {
  return options.micro_loss_tokens > 0 ? options.micro_loss_tokens : options.micro_tokens;
}

/// Does the last layer compute the outputs of tokens with a loss alone? Picking rows and adding them back costs something too. Of a whole
/// run, not of a batch, so that the largest batch takes the most memory.
bool few_loss_tokens(const TrainerOptions& options) { return 4 * loss_tokens(options) <= 3 * options.micro_tokens; }

/// A batch of the largest shape: documents of `context` tokens one after another.
Batch largest_batch(const TrainerOptions& options) {
  Batch batch;
  const auto count = static_cast<std::size_t>(options.micro_tokens);
  batch.ids.assign(count, 0);
  batch.targets.assign(count, kNoTarget);
  std::fill_n(batch.targets.begin(), loss_tokens(options), 0);
  for (std::int64_t i = 0; i < options.micro_tokens; ++i) {
    batch.positions.push_back(static_cast<std::int32_t>(i % options.context));
    batch.segment_begin.push_back(static_cast<std::int32_t>(i - i % options.context));
  }
  batch.tokens = options.micro_tokens;
  batch.loss_tokens = loss_tokens(options);
  return batch;
}

/// A dropout seed of its own for every micro-batch of every step (the finaliser of SplitMix64).
std::uint64_t micro_seed(std::uint64_t seed, std::int64_t step, std::int64_t micro) {
  std::uint64_t z = seed + 0x9E3779B97F4A7C15 * (static_cast<std::uint64_t>(step) * 4096 + static_cast<std::uint64_t>(micro) + 1);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
  return z ^ (z >> 31);
}

/// What the store says of one batch, carried to the device and back.
class FrozenOutputOfBatch final : public FrozenOutput {
 public:
  FrozenOutputOfBatch(FrozenStore& store, Device& device, const Batch& batch, std::span<float> host)
      : store_(store), device_(device), batch_(batch), host_(host) {}
  bool recall(Reals x) override {
    const bool known = store_.read(batch_, host_of(x));
    if (known) device_.write(x, host_.data());
    return known;
  }
  void remember(Reals x) override {
    device_.read(x, host_.data());
    store_.write(batch_, host_of(x));
  }

 private:
  std::span<float> host_of(Reals x) const { return host_.first(static_cast<std::size_t>(x.count)); }

  FrozenStore& store_;
  Device& device_;
  const Batch& batch_;
  std::span<float> host_;
};

}  // namespace

Trainer::Trainer(Device& device, const Model& base, Trainable trainable, const TrainerOptions& options)
    : device_(device), model_(base), trainable_(std::move(trainable)), options_(options),
      packed_(base.config, options.micro_tokens), arena_(0, kUnlimited, device.real_bytes()),
      kept_(base.layers.size()) {
  loss_rows_.reserve(static_cast<std::size_t>(options.micro_tokens));
  loss_targets_.reserve(loss_rows_.capacity());
  host_losses_.reserve(loss_rows_.capacity() * static_cast<std::size_t>(options.micro_batches));
}

/// Lays out everything that lasts for the run; what is left of `arena` belongs to the steps.
void Trainer::take_memory(Arena arena) {
  const std::int64_t count = trainable_.parameters();
  params_ = arena.reals(count);
  grads_ = arena.reals(count);
  m_ = arena.reals(count);
  v_ = arena.reals(count);
  norms_ = arena.reals(trainable_.norms());
  losses_ = arena.reals(loss_tokens(options_) * options_.micro_batches);
  clip_ = arena.reals(2);
  rope_ = write_rope(device_, arena, model_.config, options_.context);
  trainable_.attach(device_, model_, params_, grads_, norms_);
  arena_ = arena;
}

TrainerMemory Trainer::measure(const Device& device, const Model& base, const Trainable& trainable,
                               const TrainerOptions& options) {
  CountDevice counting(device.real_dtype());
  Trainer dry(counting, base, trainable, options);
  dry.take_memory(Arena(0, kUnlimited, device.real_bytes()));
  const std::uint64_t lasting = dry.arena_.mark();
  const Batch batch = largest_batch(options);
  dry.run(batch, dry.losses_, 1.0, true, 0);

  TrainerMemory memory;
  memory.parameters = padded(trainable.parameters(), device.real_bytes());
  memory.gradients = memory.parameters;
  memory.moments = 2 * memory.parameters;
  memory.tables = lasting - 4 * memory.parameters;
  memory.activations = dry.arena_.peak_bytes() - lasting;
  return memory;
}

Result<std::unique_ptr<Trainer>> Trainer::create(Device& device, const Model& base, Trainable trainable,
                                                 const TrainerOptions& options) {
  return or_out_of_memory("laying out the training", [&]() -> Result<std::unique_ptr<Trainer>> {
    const TrainerMemory memory = measure(device, base, trainable, options);
    LAB_TRY(const std::uint64_t address, device.allocate(memory.total()));
    std::unique_ptr<Trainer> trainer(new Trainer(device, base, std::move(trainable), options));
    trainer->memory_ = memory;
    // The system hands out a page when it is first touched: here, not in the first step.
    const std::uint32_t width = device.real_bytes();
    device.fill({address, static_cast<std::int64_t>(memory.total() / width), width}, 0);
    trainer->take_memory(Arena(address, memory.total(), width));
    return trainer;
  });
}

void Trainer::run(const Batch& batch, Reals losses, double gradient_scale, bool gradient, std::uint64_t dropout_seed) {
  const Arena::Scope scope(arena_);
  Pass pass{device_, arena_, 0, {}, {}, {}, {}, {}, rope_.cosines, rope_.sines, {}};
  if (gradient) pass.dropout = {options_.dropout, dropout_seed};
  const TokenLists lists = {batch.ids, batch.positions, batch.segment_begin};
  packed_.write(pass, lists);

  loss_rows_.clear();
  loss_targets_.clear();
  for (std::size_t i = 0; i < batch.targets.size(); ++i) {
    if (batch.targets[i] < 0) continue;
    loss_rows_.push_back(static_cast<std::int32_t>(i));
    loss_targets_.push_back(batch.targets[i]);
  }
  if (loss_rows_.empty()) return;
  LossPass args;
  args.loss_count = static_cast<std::int64_t>(loss_rows_.size());
  args.loss_rows = arena_.ints(args.loss_count);
  args.loss_targets = arena_.ints(args.loss_count);
  device_.write(args.loss_rows, loss_rows_.data());
  device_.write(args.loss_targets, loss_targets_.data());
  args.losses = losses.slice(0, args.loss_count);
  args.gradient_scale = gradient_scale;
  args.gradient = gradient;
  args.recompute = options_.recompute;
  args.kept = &kept_;
  std::optional<Pass> loss_tokens;
  if (few_loss_tokens(options_)) args.loss_tokens = &loss_tokens.emplace(packed_.some(pass, lists, loss_rows_, args.loss_rows));
  std::optional<FrozenOutputOfBatch> frozen;
  if (frozen_store_) args.frozen = &frozen.emplace(*frozen_store_, device_, batch, host_hidden_);
  loss_pass(pass, model_, args);
}

void Trainer::remember_frozen(std::unique_ptr<FrozenStore> store) {
  frozen_store_ = std::move(store);
  host_hidden_.resize(static_cast<std::size_t>(options_.micro_tokens * model_.config.hidden));
}

Result<double> Trainer::sum_losses(const Batch& batch, std::int64_t first) const {
  host_losses_.resize(static_cast<std::size_t>(batch.loss_tokens));
  device_.read(losses_.slice(first, batch.loss_tokens), host_losses_.data());
  double sum = 0;
  std::size_t next = 0;
  for (std::size_t i = 0; i < batch.targets.size(); ++i) {
    if (batch.targets[i] < 0) continue;
    const float loss = host_losses_[next++];
    if (!std::isfinite(loss))
      return fail(Error{Code::kNotFinite, "the loss is not finite; the step was not applied"}
                      .on_line(batch.line_of(i)).of("loss").fix("Lower the learning rate, or look at this sample."));
    sum += loss;
  }
  return sum;
}

Result<StepResult> Trainer::step(std::span<const Batch> micro_batches, double lr) {
  StepResult result;
  for (const Batch& batch : micro_batches) {
    result.tokens += batch.tokens;
    result.loss_tokens += batch.loss_tokens;
  }
  if (result.loss_tokens == 0) return fail(Code::kEmpty, "no token of this step carries a loss");

  device_.fill(grads_, 0);
  std::int64_t first = 0;
  for (std::size_t i = 0; i < micro_batches.size(); ++i) {
    const Batch& batch = micro_batches[i];
    run(batch, losses_.slice(first, batch.loss_tokens), 1.0 / static_cast<double>(result.loss_tokens), true,
        micro_seed(options_.seed, steps_done_, static_cast<std::int64_t>(i)));
    first += batch.loss_tokens;
  }
  device_.grad_norm({grads_.count, grads_, options_.clip, clip_});

  first = 0;
  for (const Batch& batch : micro_batches) {
    LAB_TRY(const double sum, sum_losses(batch, first));
    result.loss += sum;
    first += batch.loss_tokens;
  }
  result.loss /= static_cast<double>(result.loss_tokens);
  float clip[2];
  device_.read(clip_, clip);
  result.grad_norm = clip[0];
  if (!std::isfinite(clip[0]))
    return fail(Error{Code::kNotFinite, "the gradient is not finite; the step was not applied"}
                    .on_line(micro_batches.front().line_of(0)).of("gradient").fix("Lower the learning rate."));

  const AdamWSettings& s = options_.adamw;
  auto update = [&](std::int64_t at, std::int64_t count, double decay) {
    if (count == 0) return;
    device_.adamw({count, params_.slice(at, count), grads_.slice(at, count), m_.slice(at, count), v_.slice(at, count),
                   clip_.slice(1, 1), lr, s.beta1, s.beta2, s.eps, decay, steps_done_ + 1});
  };
  const std::int64_t decayed = trainable_.decayed_parameters();
  update(0, decayed, s.weight_decay);
  update(decayed, trainable_.parameters() - decayed, 0.0);
  trainable_.refresh(device_, model_);
  ++steps_done_;
  return result;
}

Trainer::Loss Trainer::evaluate(const Batch& batch) {
  run(batch, losses_, 1.0, false, 0);
  host_losses_.resize(static_cast<std::size_t>(batch.loss_tokens));
  device_.read(losses_.slice(0, batch.loss_tokens), host_losses_.data());
  Loss loss;
  loss.tokens = batch.loss_tokens;
  for (float value : host_losses_) loss.sum += value;
  return loss;
}

void Trainer::restored(std::int64_t steps_done) {
  steps_done_ = steps_done;
  trainable_.refresh(device_, model_);
}

}  // namespace lab
