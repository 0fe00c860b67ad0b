// Adapters of every variant against PEFT: logits, losses, gradients, and ten steps of training.
#include "adapter/adapter_values.h"
#include "adapter/gguf_adapter.h"
#include "case_name.h"
#include "devices.h"
#include "oracle_file.h"
#include "train/probe.h"

namespace lab {
namespace {

class Adapter : public testing::TestWithParam<DeviceCase> {};

TEST_P(Adapter, AgreesWithPeftInGradientsAndTraining) {
  const auto& [name, kind] = GetParam();
  const OracleFile golden("lora/" + name + "/golden.safetensors");
  auto source = ModelSource::open(oracle_path("tiny/" + name.substr(0, name.find('_'))));
  ASSERT_TRUE(source) << source.error().text();
  auto device = make_device(kind);
  auto model = load_model(*device, **source);
  ASSERT_TRUE(model) << model.error().text();
  auto adapter = read_adapter(oracle_path("lora/" + name), model->config);
  ASSERT_TRUE(adapter) << adapter.error().text();

  ProbeRequest request{2, 24, golden.ints("input_ids"), {}};
  request.gradients = true;
  request.train_steps = 10;
  auto result = probe(*device, *model, &adapter->adapter, request);
  ASSERT_TRUE(result) << result.error().text();
  std::size_t compared = 0;
  for (const ProbeTensor& tensor : result->tensors) {
    if (!golden.has(tensor.name)) continue;
    double tolerance = 2e-5;  // logits
    if (tensor.name == "loss") tolerance = 2e-6;
    if (tensor.name == "train_loss") tolerance = 5e-6;
    if (tensor.name.starts_with("grad.")) tolerance = 1e-4;
    if (tensor.name.starts_with("trained.")) tolerance = 5e-4;
    EXPECT_LE(difference(tensor.values, golden.floats(tensor.name)), tolerance) << tensor.name;
    ++compared;
  }
  EXPECT_EQ(compared, golden.names("grad.").size() + golden.names("trained.").size() + 3);
}

INSTANTIATE_TEST_SUITE_P(Variants, Adapter,
                         testing::Combine(testing::Values("llama_lora", "llama_rslora", "llama_dora", "llama_embed", "llama_pattern",
                                                          "llama-tied_lora", "qwen2_lora", "qwen2_rslora", "qwen2_dora"),
                                          testing::Values(TestedDevice::kReference, TestedDevice::kCpu)),
                         device_case_name);

}  // namespace
}  // namespace lab
