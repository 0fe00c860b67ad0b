// Adapters: which modules they sit on, and what is refused when one is read.
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>
#include <set>

#include "adapter/gguf_adapter.h"
#include "adapter/peft_file.h"
#include "file/safetensors.h"

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

/// A PEFT folder that a test can damage.
class PeftFolder : public testing::Test {
 protected:
  PeftFolder() : folder_(testing::TempDir() + "/peft_test") {
    LoraConfig lora;
    adapter_ = initial_values(plan_adapter(small_config(), lora).value(), 1);
    EXPECT_TRUE(write_peft(folder_, adapter_, lora, "base"));
  }
  ~PeftFolder() override { std::filesystem::remove_all(folder_); }

  Error refusal() {
    auto read = read_adapter(folder_, small_config());
    EXPECT_FALSE(read);
    return read ? Error{Code::kIo, "accepted"} : read.error();
  }
  void set(std::string_view key, Json value) {
    Json json = peft_config(LoraConfig{}, adapter_.plan, "base");
    json.set(key, std::move(value));
    std::ofstream(folder_ + "/adapter_config.json") << json.dump();
  }

  std::string folder_;
  AdapterValues adapter_;
};

TEST_F(PeftFolder, ReadsBackWhatWasWritten) {
  const auto read = read_adapter(folder_, small_config());
  ASSERT_TRUE(read) << read.error().text();
  EXPECT_EQ(read->adapter.values, adapter_.values);
}

TEST_F(PeftFolder, RefusesOtherKindsAndSettingsThatChangeTheResult) {
  const struct { const char* key; Json value; Code code; } cases[] = {
      {"peft_type", "IA3", Code::kUnsupported}, {"bias", "all", Code::kUnsupported}, {"modules_to_save", Json::Array{"lm_head"}, Code::kUnsupported},
      {"layer_replication", Json::Array{1}, Code::kUnsupported}, {"r", 0, Code::kBadJson}, {"r", 5000, Code::kBadJson}, {"r", 2.5, Code::kBadJson},
      {"r", 4, Code::kMismatch}, {"use_dora", true, Code::kMismatch}, {"lora_alpha", "high", Code::kBadJson}};
  for (const auto& c : cases) {
    set(c.key, c.value);
    const Error error = refusal();
    EXPECT_EQ(error.code, c.code) << c.key << ": " << error.text();
    EXPECT_FALSE(error.file.empty());
  }
}

TEST_F(PeftFolder, RefusesValuesThatAreNotFinite) {
  adapter_.values[3] = std::numeric_limits<float>::infinity();
  ASSERT_TRUE(write_peft(folder_, adapter_, LoraConfig{}, "base"));
  EXPECT_EQ(refusal().code, Code::kNotFinite);
}

TEST_F(PeftFolder, RefusesAPairWithoutItsOtherHalfAndAForeignModule) {
  const float values[8] = {};
  const auto bytes = std::as_bytes(std::span(values));
  const auto write = [&](const std::string& name) {
    ASSERT_TRUE(write_safetensors(folder_ + "/adapter_model.safetensors", {{name, {DType::kF32, {1, 8}, bytes}}}, {}));
  };
  set("r", 1);
  write("base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight");
  EXPECT_EQ(refusal().code, Code::kCorrupt);
  write("base_model.model.model.layers.9.self_attn.q_proj.lora_A.weight");
  EXPECT_EQ(refusal().code, Code::kMismatch);
  write("base_model.model.score.weight");
  EXPECT_EQ(refusal().code, Code::kUnsupported);
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
