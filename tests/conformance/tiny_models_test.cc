// Tiny models of every family against transformers: logits, losses, hidden states and their gradients.
#include <filesystem>

#include "case_name.h"
#include "devices.h"
#include "infer/session.h"
#include "model/model.h"
#include "oracle_file.h"
#include "train/probe.h"

namespace lab {
namespace {

class TinyModel : public testing::TestWithParam<DeviceCase> {
 protected:
  void SetUp() override {
    const auto& [family, device] = GetParam();
    const std::string folder = "tiny/" + family;
    golden_ = std::make_unique<OracleFile>(folder + "/golden.safetensors");
    auto source = ModelSource::open(oracle_path(folder));
    ASSERT_TRUE(source) << source.error().text();
    source_ = *source;
    device_ = make_device(device);
    auto model = load_model(*device_, *source_);
    ASSERT_TRUE(model) << model.error().text();
    model_ = *model;
  }

  std::unique_ptr<OracleFile> golden_;
  std::shared_ptr<const ModelSource> source_;
  std::unique_ptr<Device> device_;
  Model model_;
};

TEST_P(TinyModel, AgreesWithTransformersInEveryTensor) {
  ProbeRequest request{2, 24, golden_->ints("input_ids"), golden_->ints("labels")};
  request.gradients = true;
  auto result = probe(*device_, model_, nullptr, request);
  ASSERT_TRUE(result) << result.error().text();
  int compared = 0;
  for (const ProbeTensor& tensor : result->tensors) {
    ASSERT_TRUE(golden_->has(tensor.name)) << tensor.name;
    double tolerance = 5e-5;
    if (tensor.name.starts_with("hidden")) tolerance = 2e-5;
    if (tensor.name.starts_with("loss")) tolerance = 2e-6;
    EXPECT_LE(difference(tensor.values, golden_->floats(tensor.name)), tolerance) << tensor.name;
    ++compared;
  }
  const int boundaries = static_cast<int>(model_.config.layers) + 1;
  EXPECT_EQ(compared, 3 + 2 * boundaries);
}

TEST_P(TinyModel, ContinuesGreedilyAsTransformersDoes) {
  const auto ids = golden_->ints("input_ids");
  const auto golden = golden_->ints("greedy");
  const auto margins = golden_->floats("greedy_margin");
  // Chunks of 3 make the prompt arrive in several passes through the cache.
  auto session = Session::create(*device_, model_, 64, 3);
  ASSERT_TRUE(session) << session.error().text();
  ASSERT_TRUE((*session)->feed(model_, std::span(ids).first(8)));
  for (std::size_t i = 0; i < golden.size(); ++i) {
    const auto logits = (*session)->logits();
    const auto best = std::max_element(logits.begin(), logits.end());
    ASSERT_EQ(best - logits.begin(), golden[i]) << "token " << i;
    float second = -INFINITY;
    for (auto it = logits.begin(); it != logits.end(); ++it)
      if (it != best) second = std::max(second, *it);
    EXPECT_NEAR(*best - second, margins[i], 1e-4 * *std::max_element(margins.begin(), margins.end()));
    ASSERT_TRUE((*session)->feed(model_, std::span(&golden[i], 1)));
  }
}

INSTANTIATE_TEST_SUITE_P(Families, TinyModel,
                         testing::Combine(testing::Values("llama", "llama-tied", "llama3-rope", "mistral", "qwen2", "qwen3"),
                                          testing::Values(TestedDevice::kReference, TestedDevice::kCpu)),
                         device_case_name);

TEST(ModelConfigs, OfTransformersFourAndFiveSayTheSame) {
  for (const char* family : {"llama", "llama-tied", "llama3-rope", "mistral", "qwen2", "qwen3"}) {
    auto read = [&](const char* file) {
      auto source = map_file(oracle_path(std::string("tiny/") + family + "/" + file)).value();
      const auto bytes = source->bytes();
      return config_from_json(parse_json({reinterpret_cast<const char*>(bytes.data()), bytes.size()}).value(), file).value();
    };
    const ModelConfig five = read("config.json"), four = read("config_v4.json");
    EXPECT_EQ(config_to_json(five).dump(), config_to_json(four).dump()) << family;
    EXPECT_EQ(rope_frequencies(five.rope, 64), rope_frequencies(four.rope, 64)) << family;
  }
}

TEST(ModelConfigs, RefuseFamiliesThatAreMissingByName) {
  for (const char* family : {"gemma", "gpt2", "phi3"}) {
    auto source = ModelSource::open(oracle_path(std::string("tiny/") + family));
    ASSERT_FALSE(source);
    EXPECT_EQ(source.error().code, Code::kUnsupported);
    EXPECT_NE(source.error().message.find(family), std::string::npos) << source.error().text();
  }
}

}  // namespace
}  // namespace lab
