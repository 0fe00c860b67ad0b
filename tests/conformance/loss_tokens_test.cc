// The last layer may compute the outputs of tokens with a loss alone: losses and gradients stay the same.
#include <vector>

#include "base/rng.h"
#include "case_name.h"
#include "data/batch.h"
#include "devices.h"
#include "model/packed_tokens.h"
#include "model/transformer.h"
#include "oracle_file.h"
#include "train/trainable.h"

namespace lab {
namespace {

struct Result {
  std::vector<float> losses, gradients;
};

/// Three documents of 13, 9 and 11 tokens, of which the answers at their ends are learnt.
Batch some_answers() {
  Batch batch(64);
  for (const int length : {13, 9, 11}) {
    std::vector<std::int32_t> ids;
    std::vector<std::uint8_t> loss;
    for (int i = 0; i < length; ++i) {
      ids.push_back((7 * i + length) % 50);
      loss.push_back(i >= length - 4);
    }
    batch.append(ids, loss, length);
  }
  return batch;
}

/// One pass on parameters that are random, so that no gradient is zero.
Result pass_over(Device& device, const ModelSource& source, const std::function<Trainable(const Model&)>& train, const Batch& batch,
                 bool loss_tokens_alone, Recompute recompute) {
  Model model = load_model(device, source).value();
  const Trainable trainable = train(model);
  const std::uint64_t bytes = std::uint64_t{64} << 20;
  Arena arena(device.allocate(bytes).value(), bytes, device.real_bytes());
  const Reals params = arena.reals(trainable.parameters()), grads = arena.reals(params.count);
  const Philox philox(1, Stream::kInit);
  std::vector<float> values(static_cast<std::size_t>(params.count));
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = 0.2f * philox.normal(i) + (trainable.full() ? 0.0f : 0.1f);
  device.write(params, values.data());
  trainable.attach(device, model, params, grads, arena.reals(trainable.norms()));
  trainable.refresh(device, model);
  const DeviceRope rope = write_rope(device, arena, model.config, 32);

  PackedTokens packed(model.config, batch.tokens);
  Pass pass{device, arena, 0, {}, {}, {}, {}, {}, rope.cosines, rope.sines, {}};
  const TokenLists lists = {batch.ids, batch.positions, batch.segment_begin};
  packed.write(pass, lists);
  std::vector<std::int32_t> rows, targets;
  for (std::size_t i = 0; i < batch.targets.size(); ++i) {
    if (batch.targets[i] < 0) continue;
    rows.push_back(static_cast<std::int32_t>(i));
    targets.push_back(batch.targets[i]);
  }
  LossPass args;
  std::vector<LayerKept> kept(model.layers.size());
  args.loss_count = batch.loss_tokens;
  args.loss_rows = arena.ints(args.loss_count);
  args.loss_targets = arena.ints(args.loss_count);
  device.write(args.loss_rows, rows.data());
  device.write(args.loss_targets, targets.data());
  args.losses = arena.reals(args.loss_count);
  args.gradient_scale = 0.5;
  args.kept = &kept;
  args.recompute = recompute;
  const Pass loss_tokens = packed.some(pass, lists, rows, args.loss_rows);
  if (loss_tokens_alone) args.loss_tokens = &loss_tokens;
  loss_pass(pass, model, args);

  Result result{std::vector<float>(static_cast<std::size_t>(args.loss_count)), values};
  device.read(args.losses, result.losses.data());
  device.read(grads, result.gradients.data());
  return result;
}

class LossTokens : public testing::TestWithParam<std::string> {};

TEST_P(LossTokens, AloneGiveTheSameLossesAndGradients) {
  const auto source = ModelSource::open(oracle_path("tiny/" + GetParam())).value();
  const Batch batch = some_answers();
  const auto adapter = [](const Model& model) {
    LoraConfig lora;
    lora.dora = true;
    return Trainable(plan_adapter(model.config, lora).value());
  };
  const auto device = make_device(TestedDevice::kReference);
  for (const auto& train : {std::function<Trainable(const Model&)>(adapter), std::function<Trainable(const Model&)>([](const Model& model) { return Trainable(plan_full(model)); })}) {
    for (const Recompute recompute : {Recompute::kNone, Recompute::kLayers}) {
      const Result all = pass_over(*device, *source, train, batch, false, recompute), alone = pass_over(*device, *source, train, batch, true, recompute);
      EXPECT_LT(difference(alone.losses, all.losses), 1e-6);
      EXPECT_LT(difference(alone.gradients, all.gradients), 1e-6);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Families, LossTokens, testing::Values("llama", "llama-tied", "llama3-rope", "mistral", "qwen2", "qwen3"), case_name);

}  // namespace
}  // namespace lab
