// Every family as GGUF: the tiny models, written in llama.cpp's names and order, keep their logits.
#include "adapter/model_writer.h"
#include "case_name.h"
#include "devices.h"
#include "oracle_file.h"
#include "train/probe.h"

namespace lab {
namespace {

Result<bool> unchanged(const std::string&, std::vector<float>&) { return false; }

class GgufFamily : public testing::TestWithParam<std::string> {};

TEST_P(GgufFamily, KeepsItsLogits) {
  const OracleFile golden("tiny/" + GetParam() + "/golden.safetensors");
  const auto folder = ModelSource::open(oracle_path("tiny/" + GetParam())).value();
  const std::string path = testing::TempDir() + "/family_" + GetParam() + ".gguf";
  const auto written = write_model(path, *folder, DType::kF32, unchanged);
  ASSERT_TRUE(written) << written.error().text();
  const auto source = ModelSource::open(path);
  ASSERT_TRUE(source) << source.error().text();
  const auto device = make_device(TestedDevice::kCpu);
  const Model model = load_model(*device, **source).value();
  const auto result = probe(*device, model, nullptr, {2, 24, golden.ints("input_ids"), {}});
  ASSERT_TRUE(result) << result.error().text();
  for (const ProbeTensor& tensor : result->tensors)
    if (tensor.name == "logits") EXPECT_LE(difference(tensor.values, golden.floats("logits")), 5e-5);
}

INSTANTIATE_TEST_SUITE_P(Families, GgufFamily, testing::Values("llama", "llama-tied", "llama3-rope", "mistral", "qwen2", "qwen3"),
                         case_name);

}  // namespace
}  // namespace lab
