// GGUF models of each stored type, with and without a GGUF adapter, against the dequantised file.
#include <filesystem>

#include "adapter/gguf_adapter.h"
#include "devices.h"
#include "oracle_file.h"
#include "train/probe.h"

namespace lab {
namespace {

/// The logits that `device` computes from one of the oracle's files.
std::vector<float> logits_of(TestedDevice kind, const std::string& type, const std::string& adapter_path, const OracleFile& golden) {
  auto source = ModelSource::open(oracle_path("gguf/llama-tied." + type + ".gguf"));
  EXPECT_TRUE(source) << source.error().text();
  auto device = make_device(kind);
  auto model = load_model(*device, **source);
  EXPECT_TRUE(model) << model.error().text();
  Result<LoadedAdapter> adapter;
  if (!adapter_path.empty()) {
    adapter = read_adapter(adapter_path, model->config);
    EXPECT_TRUE(adapter) << adapter.error().text();
  }
  auto result = probe(*device, *model, adapter_path.empty() ? nullptr : &adapter->adapter, {2, 24, golden.ints("input_ids"), {}});
  EXPECT_TRUE(result) << result.error().text();
  for (const ProbeTensor& tensor : result->tensors)
    if (tensor.name == "logits") return tensor.values;
  return {};
}

class GgufModel : public testing::TestWithParam<TestedDevice> {};

TEST_P(GgufModel, GivesTheLogitsOfItsDequantisedWeights) {
  const OracleFile golden("gguf/golden.safetensors");
  for (const char* type : {"F32", "F16", "Q8_0", "Q4_0", "Q4_1"})
    EXPECT_LE(difference(logits_of(GetParam(), type, "", golden), golden.floats(std::string(type) + ".logits")), 2e-5) << type;
}

TEST_P(GgufModel, TakesAdaptersOfBothFormatsInItsRowOrder) {
  const OracleFile golden("gguf/golden.safetensors");
  for (const char* type : {"F32", "Q4_0"})
    for (const char* adapter : {"gguf/adapter.gguf", "lora/llama-tied_lora"})
      EXPECT_LE(difference(logits_of(GetParam(), type, oracle_path(adapter), golden), golden.floats(std::string(type) + "_adapter.logits")), 2e-5)
          << type << " with " << adapter;
}

INSTANTIATE_TEST_SUITE_P(Devices, GgufModel, testing::Values(TestedDevice::kReference, TestedDevice::kCpu),
                         [](const auto& info) { return device_name(info.param); });

TEST(GgufAdapter, WrittenFromPeftEqualsTheConvertersFile) {
  auto source = ModelSource::open(oracle_path("tiny/llama-tied")).value();
  const LoadedAdapter peft = read_adapter(oracle_path("lora/llama-tied_lora"), source->config()).value();
  const std::string path = testing::TempDir() + "/written.gguf";
  ASSERT_TRUE(write_gguf_adapter(path, peft.adapter, source->config()));
  const Gguf ours = Gguf::read(map_file(path).value()).value();
  const Gguf golden = Gguf::read(map_file(oracle_path("gguf/adapter.gguf")).value()).value();
  EXPECT_EQ(ours.number("adapter.lora.alpha").value(), golden.number("adapter.lora.alpha").value());
  EXPECT_EQ(ours.string("general.architecture").value(), golden.string("general.architecture").value());
  ASSERT_EQ(ours.tensors().size(), golden.tensors().size());
  for (const GgufTensor& tensor : golden.tensors()) {
    const GgufTensor* mine = ours.tensor(tensor.name);
    ASSERT_NE(mine, nullptr) << tensor.name;
    EXPECT_EQ(mine->view.shape, tensor.view.shape) << tensor.name;
    EXPECT_TRUE(std::ranges::equal(mine->view.bytes, tensor.view.bytes)) << tensor.name;
  }
}

TEST(GgufAdapter, KeepsTheScaleOfRsLoraAndPatterns) {
  for (const char* name : {"llama_rslora", "llama_pattern", "llama_embed", "qwen2_rslora"}) {
    const std::string family = std::string(name).substr(0, std::string(name).find('_'));
    auto source = ModelSource::open(oracle_path("tiny/" + family)).value();
    const OracleFile golden(std::string("lora/") + name + "/golden.safetensors");
    const LoadedAdapter peft = read_adapter(oracle_path(std::string("lora/") + name), source->config()).value();
    const std::string path = testing::TempDir() + "/" + name + ".gguf";
    ASSERT_TRUE(write_gguf_adapter(path, peft.adapter, source->config()));
    auto back = read_adapter(path, source->config());
    ASSERT_TRUE(back) << back.error().text();
    auto device = make_device(TestedDevice::kCpu);
    const Model model = load_model(*device, *source).value();
    const ProbeResult result = probe(*device, model, &back->adapter, {2, 24, golden.ints("input_ids"), {}}).value();
    for (const ProbeTensor& tensor : result.tensors)
      if (tensor.name == "logits") EXPECT_LE(difference(tensor.values, golden.floats("logits")), 2e-5) << name;
  }
}

TEST(GgufAdapter, RefusesDoraInASentence) {
  auto source = ModelSource::open(oracle_path("tiny/llama")).value();
  const LoadedAdapter dora = read_adapter(oracle_path("lora/llama_dora"), source->config()).value();
  const Status written = write_gguf_adapter(testing::TempDir() + "/dora.gguf", dora.adapter, source->config());
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, Code::kUnsupported);
}

}  // namespace
}  // namespace lab
