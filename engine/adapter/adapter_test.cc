// Adapters: which modules they sit on, written and read. Bad ones: tests/malformed.
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <set>

#include "adapter/gguf_adapter.h"
#include "adapter/peft_file.h"

namespace lab {
namespace {

ModelConfig small_config() {
  ModelConfig config;
  config.vocab = 20;
  config.hidden = 8;
  config.layers = 3;
  config.heads = 2;
  config.kv_heads = 1;
  config.head_dim = 4;
  config.ffn = 12;
  return config;
}

std::set<std::string> targeted(const std::string& targets) {
  LoraConfig lora;
  lora.targets = parse_target_modules(targets);
  const auto plan = plan_adapter(small_config(), lora);
  EXPECT_TRUE(plan) << plan.error().text();
  std::set<std::string> modules;
  for (const PairPlan& pair : plan->pairs) modules.insert(pair.module);
  return modules;
}

TEST(Targets, AllLinearMeansEveryLinearLayerButTheHead) { EXPECT_EQ(targeted("all-linear").size(), 3u * kSlots); }

TEST(Targets, NamesMatchThePathsEndFromADotOn) {
  EXPECT_EQ(targeted("q_proj,v_proj").size(), 6u);
  EXPECT_EQ(targeted("model.layers.1.mlp.up_proj"), (std::set<std::string>{"model.layers.1.mlp.up_proj"}));
  EXPECT_EQ(targeted("embed_tokens,lm_head"), (std::set<std::string>{"model.embed_tokens", "lm_head"}));
  LoraConfig lora;
  lora.targets = parse_target_modules("roj");
  EXPECT_FALSE(plan_adapter(small_config(), lora));
}

TEST(Targets, ExpressionsMatchTheWholePath) {
  EXPECT_EQ(targeted(".*\\.[02]\\.mlp\\.(gate|up)_proj").size(), 4u);
  LoraConfig lora;
  lora.targets = parse_target_modules("mlp.(up");
  EXPECT_FALSE(plan_adapter(small_config(), lora));
}

TEST(Patterns, SetRankAndAlphaWhereTheyMatch) {
  LoraConfig lora;
  lora.rank_pattern = {{"q_proj", 4}, {"layers\\.1\\.mlp\\..*", 2}};
  lora.alpha_pattern = {{"q_proj", 64.0}};
  const AdapterPlan plan = plan_adapter(small_config(), lora).value();
  for (const PairPlan& pair : plan.pairs) {
    const bool q = pair.slot == Slot::kQ, mlp1 = pair.module.find("layers.1.mlp") != std::string::npos;
    EXPECT_EQ(pair.rank, q ? 4 : mlp1 ? 2 : 8) << pair.module;
    EXPECT_EQ(pair.alpha, q ? 64 : 16) << pair.module;
  }
}

TEST(Scale, IsAlphaOverRankOrItsRoot) {
  EXPECT_EQ(pair_scale(16, 4, false), 4);
  EXPECT_EQ(pair_scale(16, 4, true), 8);
}

TEST(InitialValues, LeaveBZeroAndBoundAByTheInputsRoot) {
  LoraConfig lora;
  const AdapterValues fresh = initial_values(plan_adapter(small_config(), lora).value(), 1);
  double largest = 0;
  for (const AdapterTensor& tensor : adapter_tensors(fresh.plan)) {
    const bool a = tensor.name.ends_with("lora_A.weight");
    for (std::int64_t i = 0; i < tensor.count; ++i) {
      const float value = fresh.values[static_cast<std::size_t>(tensor.first + i)];
      if (!a) EXPECT_EQ(value, 0);
      else EXPECT_LE(std::abs(value), 1 / std::sqrt(static_cast<float>(tensor.shape[1])));
      largest = std::max(largest, std::abs(static_cast<double>(value)));
    }
  }
  EXPECT_GT(largest, 0.3);
  EXPECT_NE(fresh.values, initial_values(fresh.plan, 2).values);
}

TEST(PermutedRows, GoThereAndBack) {
  std::vector<float> rows(2 * 4 * 3), there(rows.size()), back(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = static_cast<float>(i);
  permute_rows(rows.data(), 2, 4, 3, true, there.data());
  permute_rows(there.data(), 2, 4, 3, false, back.data());
  EXPECT_EQ(rows, back);
  // Rows 0 1 | 2 3 of a head's two halves become 0 2 1 3.
  EXPECT_EQ(there[3], 6);
}

/// A PEFT folder.
class PeftFolder : public testing::Test {
 protected:
  PeftFolder() : folder_(testing::TempDir() + "/peft_test") {
    LoraConfig lora;
    adapter_ = initial_values(plan_adapter(small_config(), lora).value(), 1);
    EXPECT_TRUE(write_peft(folder_, adapter_, lora, "base"));
  }
  ~PeftFolder() override { std::filesystem::remove_all(folder_); }

  std::string folder_;
  AdapterValues adapter_;
};

TEST_F(PeftFolder, ReadsBackWhatWasWritten) {
  const auto read = read_adapter(folder_, small_config());
  ASSERT_TRUE(read) << read.error().text();
  EXPECT_EQ(read->adapter.values, adapter_.values);
}

TEST_F(PeftFolder, SaysWhichModelItWasNotMadeFor) {
  ModelConfig wider = small_config();
  wider.hidden = 16;
  const auto read = read_adapter(folder_, wider);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, Code::kMismatch);
  EXPECT_NE(read.error().text().find("another base model"), std::string::npos);
}

}  // namespace
}  // namespace lab
