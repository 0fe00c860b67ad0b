// The published cases for a set of adapters, written anew, and what they left out.
#include "micro_lora.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <limits>
#include <numeric>

#include "test_helpers.h"

namespace microlora {
namespace {

MicroLora make(std::uint32_t dim = 64, std::vector<TargetModule> targets = default_modules()) {
  return MicroLora::make(MicroLoraConfig::for_hidden_dim(dim).with_targets(std::move(targets)))
      .value();
}
std::vector<float> forward(const MicroLora& lora, const std::vector<float>& x, TargetModule module,
                           std::size_t out) {
  std::vector<float> y(out, 9);
  EXPECT_TRUE(lora.forward(x, module, y));
  return y;
}
const std::vector<float> kOnes(64, 1.0f);

/// A step towards `target`, whose gradient it knows.
void teach(MicroLora& lora, float target) {
  std::vector<float> g = forward(lora, kOnes, TargetModule::kQProj, 64);
  for (float& v : g) v -= target;
  ASSERT_TRUE(lora.adapt(kOnes, AdaptFeedback::with_gradient(0.8f, g)));
}

TEST(TargetModules, HaveTheirNamesAndSets) {
  const char* names[] = {"q_proj",  "k_proj",    "v_proj", "o_proj", "gate_proj",
                         "up_proj", "down_proj", "embed",  "lm_head"};
  for (std::uint8_t i = 0; i < kTargetModules; ++i) {
    EXPECT_EQ(name_of(static_cast<TargetModule>(i)), names[i]);
    EXPECT_EQ(module_named(names[i]), static_cast<TargetModule>(i));
  }
  EXPECT_FALSE(module_named("router"));
  EXPECT_EQ(default_modules(), (std::vector{TargetModule::kQProj, TargetModule::kVProj}));
  EXPECT_EQ(attention_modules().size(), 4u);
  EXPECT_EQ(mlp_modules(),
            (std::vector{TargetModule::kGateProj, TargetModule::kUpProj, TargetModule::kDownProj}));
}

TEST(MicroLoraConfig, BuildsAndCountsItsMemory) {
  const auto config =
      MicroLoraConfig::for_hidden_dim(512).with_rank(1).with_alpha(8).with_targets(mlp_modules());
  EXPECT_EQ(config.in_features, 512u);
  EXPECT_EQ(config.rank, 1u);
  EXPECT_EQ(config.alpha, 8.0f);
  EXPECT_EQ(config.memory_bytes(), 3u * (512 + 512) * 4);
  EXPECT_EQ(MicroLoraConfig{}.with_rank(10).rank, 2u);
  EXPECT_LT(MicroLoraConfig{}.memory_bytes(), 1u << 20);
}

TEST(MicroLora, AFreshOneGivesZerosForEveryModule) {
  const auto lora = make(768);
  EXPECT_EQ(lora.adapter_count(), 2u);
  EXPECT_TRUE(lora.is_enabled());
  EXPECT_EQ(lora.param_count(), 2u * 2 * (768 + 768));
  EXPECT_EQ(lora.memory_bytes(), lora.param_count() * 4);
  EXPECT_EQ(forward(lora, std::vector<float>(768, 1), TargetModule::kVProj, 768),
            std::vector<float>(768, 0));
  EXPECT_EQ(forward(lora, std::vector<float>(768, 1), TargetModule::kLmHead, 768),
            std::vector<float>(768, 0));
  EXPECT_EQ(lora.forward_count(), 2u);
}

TEST(MicroLora, GradientsBringTheOutputToItsTarget) {
  auto lora = make();
  for (int i = 0; i < 300; ++i) {
    teach(lora, 0.5f);
    lora.apply_updates(0.01f);
  }
  EXPECT_EQ(lora.adaptation_count(), 300u);
  for (float v : forward(lora, kOnes, TargetModule::kQProj, 64)) EXPECT_NEAR(v, 0.5f, 1e-3f);
}

TEST(MicroLora, AQualityMovesTheOutputOnlyWhenApplied) {
  auto lora = make();
  ASSERT_TRUE(lora.adapt(kOnes, AdaptFeedback::from_quality(0.8f)));
  EXPECT_EQ(lora.adaptation_count(), 1u);
  EXPECT_EQ(lora.adapter(TargetModule::kQProj)->pending_updates(), 1u);
  EXPECT_EQ(forward(lora, kOnes, TargetModule::kQProj, 64), std::vector<float>(64, 0));
  lora.apply_updates(0.01f);
  EXPECT_EQ(lora.adapter(TargetModule::kQProj)->pending_updates(), 0u);
  EXPECT_NE(forward(lora, kOnes, TargetModule::kQProj, 64), std::vector<float>(64, 0));
}

TEST(MicroLora, FeedbackForOneModuleLeavesTheOthers) {
  auto lora = make();
  ASSERT_TRUE(lora.adapt(
      kOnes, AdaptFeedback::from_quality(0.9f).for_module(TargetModule::kVProj).with_session("s")));
  lora.apply_updates(0.01f);
  EXPECT_EQ(forward(lora, kOnes, TargetModule::kQProj, 64), std::vector<float>(64, 0));
  EXPECT_NE(forward(lora, kOnes, TargetModule::kVProj, 64), std::vector<float>(64, 0));
}

TEST(MicroLora, DisabledItGivesZerosAndDoesNotLearn) {
  auto lora = make();
  teach(lora, 1);
  lora.apply_updates(0.1f);
  lora.set_enabled(false);
  EXPECT_EQ(forward(lora, kOnes, TargetModule::kQProj, 64), std::vector<float>(64, 0));
  ASSERT_TRUE(lora.adapt(kOnes, AdaptFeedback::from_quality(0.9f)));
  EXPECT_EQ(lora.adaptation_count(), 1u);
  lora.set_enabled(true);
  EXPECT_NE(forward(lora, kOnes, TargetModule::kQProj, 64), std::vector<float>(64, 0));
}

TEST(MicroLora, ModulesMayDifferInTheirDimensions) {
  auto lora = MicroLora::with_dimensions(MicroLoraConfig{}, {{TargetModule::kQProj, {128, 32}},
                                                             {TargetModule::kLmHead, {16, 100}}})
                  .value();
  EXPECT_EQ(forward(lora, std::vector<float>(128, 1), TargetModule::kQProj, 32),
            std::vector<float>(32, 0));
  EXPECT_EQ(forward(lora, std::vector<float>(16, 1), TargetModule::kLmHead, 100),
            std::vector<float>(100, 0));
  std::vector<float> y(32);
  EXPECT_EQ(lora.forward(std::vector<float>(16), TargetModule::kQProj, y).error().status,
            Status::kShape);
}

TEST(MicroLora, MergingEqualsTheForwardPass) {
  auto lora = make();
  teach(lora, 0.3f);
  lora.apply_updates(0.05f);
  std::vector<float> w(64 * 64), x(64), sums(64, 0);
  std::iota(x.begin(), x.end(), -20.0f);
  ASSERT_TRUE(lora.merge_into_base(TargetModule::kQProj, w));
  for (std::size_t i = 0; i < 64; ++i) {
    for (std::size_t j = 0; j < 64; ++j) sums[j] += x[i] * w[i * 64 + j];
  }
  EXPECT_LT(difference(forward(lora, x, TargetModule::kQProj, 64).data(), sums.data(), 64), 1e-5);
  std::vector<float> doubled = sums;
  ASSERT_TRUE(lora.forward_add(x, TargetModule::kQProj, doubled));
  for (float& v : sums) v *= 2;
  EXPECT_LT(difference(doubled.data(), sums.data(), 64), 1e-5);
}

TEST(MicroLora, BytesAndFilesRestoreEverythingAndRepeat) {
  auto lora = make();
  for (int i = 0; i < 5; ++i) {
    teach(lora, 0.4f);
    if (i % 2) lora.apply_updates(0.02f);
  }
  const auto bytes = lora.save_bytes();
  EXPECT_EQ(lora.save_bytes(), bytes) << "the same state gives the same bytes";
  auto again = MicroLora::load_bytes(bytes).value();
  EXPECT_EQ(again.save_bytes(), bytes);
  const char* scratch = std::getenv("TEST_SCRATCH");
  const std::string path =
      (scratch ? std::string(scratch) : ::testing::TempDir()) + "/microlora.bin";
  ASSERT_TRUE(lora.save(path));
  auto read = MicroLora::load(path).value();
  for (MicroLora* one : {&lora, &again, &read}) one->apply_updates(0.02f);
  EXPECT_EQ(again.save_bytes(), lora.save_bytes()) << "what was pending goes on";
  EXPECT_EQ(read.save_bytes(), lora.save_bytes());
  EXPECT_EQ(MicroLora::load(path + ".none").error().status, Status::kIo);
}

TEST(MicroLora, ChangedOrCutBytesAreRefused) {
  auto lora = make(8);
  const auto good = lora.save_bytes();
  for (std::size_t i = 0; i < good.size(); ++i) {
    auto bad = good;
    bad[i] ^= 0x41;
    EXPECT_FALSE(MicroLora::load_bytes(bad)) << "byte " << i;
    EXPECT_FALSE(MicroLora::load_bytes(std::span(good).first(i))) << "length " << i;
  }
}

TEST(MicroLora, AnExportedStateGivesTheSameOutputs) {
  auto lora = make();
  teach(lora, 0.7f);
  lora.apply_updates(0.03f);
  const auto again = MicroLora::from_state(lora.export_state()).value();
  EXPECT_EQ(forward(again, kOnes, TargetModule::kQProj, 64),
            forward(lora, kOnes, TargetModule::kQProj, 64));
  auto wrong = lora.export_state();
  wrong.adapters.begin()->second.lora_b.pop_back();
  EXPECT_EQ(MicroLora::from_state(wrong).error().status, Status::kShape);
}

TEST(MicroLora, ResetRestoresTheFirstBytes) {
  auto lora = make();
  const auto first = lora.save_bytes();
  for (int i = 0; i < 5; ++i) {
    teach(lora, -1);
    ASSERT_TRUE(lora.adapt(kOnes, AdaptFeedback::from_quality(0.1f)));
    lora.apply_updates(0.1f);
  }
  lora.reset();
  EXPECT_EQ(lora.save_bytes(), first);
}

TEST(MicroLora, WhatIsWrongIsRefusedAndChangesNothing) {
  auto lora = make();
  teach(lora, 0.2f);
  const auto before = lora.save_bytes();
  const float nan = std::numeric_limits<float>::quiet_NaN();
  auto bad = kOnes;
  bad[63] = nan;
  const auto refused = [&](const std::vector<float>& x, const AdaptFeedback& feedback) {
    const auto r = lora.adapt(x, feedback);
    EXPECT_FALSE(r);
    if (!r) {
      EXPECT_FALSE(r.error().message.empty());
    }
    EXPECT_EQ(lora.save_bytes(), before);
  };
  refused(std::vector<float>(63, 1), AdaptFeedback::from_quality(0.5f));
  refused(bad, AdaptFeedback::from_quality(0.5f));
  refused(kOnes, AdaptFeedback::from_quality(nan));
  refused(kOnes, AdaptFeedback::with_gradient(0.5f, std::vector<float>(63, 1)));
  refused(kOnes, AdaptFeedback::with_gradient(0.5f, bad));
  for (std::uint32_t rank : {0u, 17u}) {
    MicroLoraConfig config;
    config.rank = rank;
    EXPECT_EQ(MicroLora::make(config).error().status, Status::kRange);
  }
  EXPECT_EQ(MicroLora::make(MicroLoraConfig::for_hidden_dim(65537)).error().status, Status::kRange);
}

TEST(MicroLora, AnEwcStateOfAnotherShapeIsRefused) {
  auto lora = make();
  auto other = make(32);
  std::map<TargetModule, Owned<EwcState>> states;
  states.emplace(TargetModule::kQProj, other.adapter(TargetModule::kQProj)->make_ewc().value());
  teach(lora, 1);
  EXPECT_EQ(lora.apply_updates_with_ewc(0.01f, states, 1).error().status, Status::kShape);
}

}  // namespace
}  // namespace microlora
