// SmolLM2-135M-Instruct itself against transformers and PEFT: losses, logits, gradients, text.
#include <cstdlib>
#include <filesystem>

#include "adapter/gguf_adapter.h"
#include "devices.h"
#include "infer/session.h"
#include "oracle_file.h"
#include "train/probe.h"

namespace lab {
namespace {

/// The default model's path; empty if this machine does not have it.
std::string model_path() {
  if (const char* path = std::getenv("LAB_MODEL")) return path;
  const char* cache = std::getenv("XDG_CACHE_HOME");
  const char* home = std::getenv("HOME");
  const std::string path = (cache ? std::string(cache) : std::string(home ? home : "") + "/.cache") + "/lora-lab/SmolLM2-135M-Instruct.Q4_1.gguf";
  return std::filesystem::exists(path) ? path : "";
}

class RealModel : public testing::Test {
 protected:
  void SetUp() override {
    const std::string path = model_path();
    if (path.empty()) GTEST_SKIP() << "the default model is not on this machine; ./lab build fetches it";
    source_ = ModelSource::open(path).value();
    device_ = make_device(TestedDevice::kCpu);
    model_ = load_model(*device_, *source_).value();
    auto file = map_file(oracle_path("smollm2/prompts.json")).value();
    prompts_ = parse_json({reinterpret_cast<const char*>(file->bytes().data()), file->bytes().size()}).value();
  }
  std::vector<std::int32_t> ids(std::size_t length) {
    for (const Json& prompt : prompts_.array()) {
      std::vector<std::int32_t> out;
      for (const Json& id : prompt.find("ids")->array()) out.push_back(static_cast<std::int32_t>(id.integer()));
      if (out.size() == length) return out;
    }
    ADD_FAILURE() << "no prompt of " << length << " tokens";
    return {};
  }

  std::shared_ptr<const ModelSource> source_;
  std::unique_ptr<Device> device_;
  Model model_;
  Json prompts_;
  OracleFile golden_{"smollm2/golden.safetensors"};
};

TEST_F(RealModel, GivesTransformersLossesAndBestLogits) {
  for (std::size_t length : {32u, 128u, 512u}) {
    const auto tokens = ids(length);
    auto result = probe(*device_, model_, nullptr, {1, static_cast<std::int64_t>(length), tokens, {}});
    ASSERT_TRUE(result) << result.error().text();
    const auto nll = golden_.floats("nll_" + std::to_string(length));
    double mean = 0;
    for (float value : nll) mean += value / static_cast<double>(nll.size());
    EXPECT_NEAR(result->loss, mean, 2e-5 * mean);
    for (const ProbeTensor& tensor : result->tensors) {
      if (tensor.name != "logits") continue;
      const auto top = golden_.ints("top5_" + std::to_string(length));
      std::vector<float> ours;
      for (std::int32_t id : top) ours.push_back(tensor.values[(length - 1) * static_cast<std::size_t>(model_.config.vocab) + static_cast<std::size_t>(id)]);
      EXPECT_LE(difference(ours, golden_.floats("top5_logits_" + std::to_string(length))), 2e-5);
    }
  }
}

TEST_F(RealModel, ContinuesGreedilyAsTransformersDoes) {
  auto session = Session::create(*device_, model_, 64).value();
  ASSERT_TRUE(session->feed(model_, ids(32)));
  for (std::int32_t golden : golden_.ints("greedy")) {
    const auto logits = session->logits();
    ASSERT_EQ(std::max_element(logits.begin(), logits.end()) - logits.begin(), golden);
    ASSERT_TRUE(session->feed(model_, std::span(&golden, 1)));
  }
}

TEST_F(RealModel, GivesPeftsGradients) {
  auto adapter = read_adapter(oracle_path("smollm2/adapter"), model_.config);
  ASSERT_TRUE(adapter) << adapter.error().text();
  ProbeRequest request{1, 128, ids(128), {}};
  request.gradients = true;
  auto result = probe(*device_, model_, &adapter->adapter, request);
  ASSERT_TRUE(result) << result.error().text();
  EXPECT_NEAR(result->loss, golden_.floats("tuned_loss")[0], 5e-5 * result->loss);
  double squares = 0;
  int compared = 0;
  for (const ProbeTensor& tensor : result->tensors) {
    if (!tensor.name.starts_with("grad.")) continue;
    for (float value : tensor.values) squares += static_cast<double>(value) * value;
    if (!golden_.has(tensor.name)) continue;
    EXPECT_LE(difference(tensor.values, golden_.floats(tensor.name)), 5e-3) << tensor.name;
    ++compared;
  }
  EXPECT_EQ(compared, 12);
  EXPECT_NEAR(std::sqrt(squares), golden_.floats("grad_norm")[0], 2e-4 * std::sqrt(squares));
}

}  // namespace
}  // namespace lab
