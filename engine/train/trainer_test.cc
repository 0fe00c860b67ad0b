// The trainer on a tiny random model: what must not change anything, changes nothing, to the bit.
#include "train/trainer.h"

#include <gtest/gtest.h>

#include "device/cpu/cpu_device.h"
#include "train/initial.h"
#include "train/tiny_model_for_test.h"

namespace lab {
namespace {

Batch batch_of(std::initializer_list<std::vector<std::int32_t>> documents) {
  Batch batch(64);
  std::int64_t line = 1;
  for (const auto& document : documents) batch.append(document, std::vector<std::uint8_t>(document.size(), 1), line++);
  return batch;
}

const std::vector<std::int32_t> kFirst{3, 1, 4, 1, 5, 9, 2, 6}, kSecond{2, 7, 1, 8, 2, 8}, kThird{11, 12, 13, 14, 15, 16, 17};

/// A trainer with everything it lives on.
struct Rig {
  TinyModel tiny;
  ThreadPool pool;
  std::unique_ptr<Device> device;
  Model base;
  std::unique_ptr<Trainer> trainer;

  explicit Rig(TrainerOptions options, LoraConfig lora = {}, bool full = false, int threads = 1) : pool(threads), device(make_cpu_device(pool)) {
    base = load_model(*device, *tiny.source).value();
    options.context = 32;
    options.micro_tokens = 64;
    trainer = Trainer::create(*device, base, full ? Trainable(plan_full(base)) : Trainable(plan_adapter(base.config, lora).value()), options).value();
    EXPECT_TRUE(write_initial_values(*trainer, *tiny.source, 7));
  }
  std::vector<float> params() const {
    std::vector<float> values(static_cast<std::size_t>(trainer->params().count));
    device->read(trainer->params(), values.data());
    return values;
  }
  double steps(int count, std::vector<Batch> micro) {
    double loss = 0;
    for (int i = 0; i < count; ++i) loss = trainer->step(micro, 1e-2).value().loss;
    return loss;
  }
};

double largest_gap(const std::vector<float>& a, const std::vector<float>& b) {
  double gap = 0;
  for (std::size_t i = 0; i < a.size(); ++i) gap = std::max(gap, std::abs(static_cast<double>(a[i]) - b[i]));
  return gap;
}

TEST(Trainer, PackedDocumentsDoNotSeeEachOther) {
  Rig rig({});
  rig.steps(3, {batch_of({kFirst})});  // B is zero at first, so move away from there
  const Trainer::Loss alone_first = rig.trainer->evaluate(batch_of({kFirst}));
  const Trainer::Loss alone_second = rig.trainer->evaluate(batch_of({kSecond}));
  const Trainer::Loss packed = rig.trainer->evaluate(batch_of({kSecond, kFirst}));
  EXPECT_EQ(packed.tokens, alone_first.tokens + alone_second.tokens);
  EXPECT_NEAR(packed.sum, alone_first.sum + alone_second.sum, 1e-5 * packed.sum);
  // What stands before a document must not matter to it.
  const Trainer::Loss other = rig.trainer->evaluate(batch_of({kThird, kFirst}));
  const Trainer::Loss alone_third = rig.trainer->evaluate(batch_of({kThird}));
  EXPECT_NEAR(other.sum - alone_third.sum, alone_first.sum, 1e-5 * packed.sum);
}

TEST(Trainer, PackedGradientsAreThoseOfSingleDocuments) {
  Rig packed({}), accumulated(TrainerOptions{.micro_batches = 3});
  packed.steps(4, {batch_of({kFirst, kSecond, kThird})});
  accumulated.steps(4, {batch_of({kFirst}), batch_of({kSecond}), batch_of({kThird})});
  EXPECT_LT(largest_gap(packed.params(), accumulated.params()), 2e-4);
}

TEST(Trainer, GivesTheSameBitsAtAnyThreadCount) {
  for (bool full : {false, true}) {
    TrainerOptions options;
    options.dropout = full ? 0 : 0.1;
    Rig one(options, {}, full, 1), three(options, {}, full, 3);
    const double a = one.steps(5, {batch_of({kFirst, kSecond})}), b = three.steps(5, {batch_of({kFirst, kSecond})});
    EXPECT_EQ(a, b);
    EXPECT_EQ(one.params(), three.params());
  }
}

TEST(Trainer, RecomputingLayersChangesNoBit) {
  for (bool dora : {false, true}) {
    LoraConfig lora;
    lora.dora = dora;
    Rig kept({}, lora), recomputed(TrainerOptions{.recompute = Recompute::kLayers}, lora);
    kept.steps(4, {batch_of({kFirst, kThird})});
    recomputed.steps(4, {batch_of({kFirst, kThird})});
    EXPECT_EQ(kept.params(), recomputed.params());
    EXPECT_LT(recomputed.trainer->memory().activations, kept.trainer->memory().activations);
  }
}

TEST(Trainer, LeavesOutOfTheLastLayerWhatNoLossNeeds) {
  const auto answers = [](std::initializer_list<std::vector<std::int32_t>> documents, std::uint8_t learnt) {
    Batch batch(64);
    for (const auto& document : documents) {
      std::vector<std::uint8_t> loss(document.size(), 0);
      loss.back() = learnt;
      batch.append(document, loss, 1);
    }
    return batch;
  };
  // The second has more loss for its tokens than the first, the third has none.
  const std::vector<Batch> micro{answers({kFirst, kSecond, kThird}, 1), answers({{5, 6}, {7, 8}, {9, 10}}, 1), answers({kFirst}, 0)};
  for (const Recompute recompute : {Recompute::kNone, Recompute::kLayers}) {
    TrainerOptions options;
    options.micro_batches = 3;
    options.recompute = recompute;
    Rig all(options);
    options.micro_loss_tokens = 3;
    Rig few(options);
    EXPECT_NEAR(all.steps(4, micro), few.steps(4, micro), 1e-4);
    EXPECT_LT(largest_gap(all.params(), few.params()), 2e-4);
    EXPECT_LT(few.trainer->memory().activations, all.trainer->memory().activations);
    EXPECT_EQ(few.trainer->evaluate(micro[2]).tokens, 0);
  }
}

TEST(Trainer, ContinuesBitForBitFromItsCopiedState) {
  TrainerOptions options;
  options.dropout = 0.2;
  Rig whole(options), first(options), second(options);
  const std::vector<Batch> micro{batch_of({kFirst, kSecond})};
  whole.steps(6, micro);
  first.steps(3, micro);
  std::vector<float> values(static_cast<std::size_t>(first.trainer->params().count));
  const auto copy = [&](Reals from, Reals to) {
    first.device->read(from, values.data());
    second.device->write(to, values.data());
  };
  copy(first.trainer->params(), second.trainer->params());
  copy(first.trainer->moment1(), second.trainer->moment1());
  copy(first.trainer->moment2(), second.trainer->moment2());
  second.trainer->restored(3);
  second.steps(3, micro);
  EXPECT_EQ(whole.params(), second.params());
}

TEST(Trainer, LearnsWithEveryVariantAndTarget) {
  struct Variant { const char* targets; bool rslora, dora, full; double dropout; };
  for (const Variant& v : {Variant{"all-linear", false, false, false, 0}, Variant{"all-linear", true, false, false, 0.1},
                           Variant{"q_proj,lm_head", false, true, false, 0}, Variant{"embed_tokens", false, false, false, 0},
                           Variant{".*layers\\.1\\.mlp\\..*", false, false, false, 0}, Variant{"all-linear", false, false, true, 0}}) {
    LoraConfig lora;
    lora.targets = parse_target_modules(v.targets);
    lora.rslora = v.rslora;
    lora.dora = v.dora;
    Rig rig(TrainerOptions{.dropout = v.dropout}, lora, v.full);
    const double before = rig.trainer->evaluate(batch_of({kFirst, kSecond})).sum;
    rig.steps(20, {batch_of({kFirst, kSecond})});
    EXPECT_LT(rig.trainer->evaluate(batch_of({kFirst, kSecond})).sum, 0.97 * before) << v.targets;
  }
}

TEST(Trainer, AFreshAdapterChangesNothing) {
  for (bool dora : {false, true}) {
    LoraConfig lora;
    lora.dora = dora;
    Rig rig({}, lora);
    Rig none({}, {});
    auto bare = Trainer::create(*none.device, none.base, Trainable(AdapterPlan{}), TrainerOptions{.context = 32, .micro_tokens = 64}).value();
    EXPECT_NEAR(rig.trainer->evaluate(batch_of({kFirst})).sum, bare->evaluate(batch_of({kFirst})).sum, 1e-4);
  }
}

TEST(Trainer, RefusesAStepThatIsNotFiniteAndKeepsItsState) {
  Rig rig({});
  rig.steps(2, {batch_of({kFirst})});
  std::vector<float> broken = rig.params();
  const std::vector<float> before = broken;
  broken[5] = std::numeric_limits<float>::quiet_NaN();
  rig.device->write(rig.trainer->params(), broken.data());
  const Batch batch = batch_of({kFirst, kSecond});
  const auto result = rig.trainer->step(std::span(&batch, 1), 1e-2);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Code::kNotFinite);
  EXPECT_EQ(result.error().line, 1);
  EXPECT_EQ(rig.trainer->steps_done(), 2);
  rig.device->write(rig.trainer->params(), before.data());
  EXPECT_TRUE(rig.trainer->step(std::span(&batch, 1), 1e-2));
}

TEST(Trainer, RefusesAStepWithoutLossTokens) {
  Rig rig({});
  Batch batch(8);
  batch.append(kThird, std::vector<std::uint8_t>(kThird.size(), 0), 1);
  const auto result = rig.trainer->step(std::span(&batch, 1), 1e-2);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Code::kEmpty);
}

}  // namespace
}  // namespace lab
