// Large products with operands rounded to bfloat16: near to float32, and never float32 itself.
#include "case_name.h"
#include "devices.h"
#include "kernels/bfloat16/amx_emulator.h"
#include "kernels/isa.h"
#include "model/model.h"
#include "oracle_file.h"
#include "train/probe.h"

namespace lab {
namespace {

/// bfloat16 keeps 8 bits, and the errors of a sum partly cancel. Seen at most, as a share of the largest value: logits 2.0e-2,
/// hidden states 1.5e-2, their gradients 4.3e-2, losses 4.8e-4.
constexpr double kLogits = 4e-2, kHidden = 3e-2, kGradients = 9e-2, kLosses = 1e-3;

class InBfloat16 : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    if (!kernels::computes_bfloat16()) GTEST_SKIP() << "this machine does not multiply bfloat16 numbers";
  }
};

void expect_near_the_golden_values(const std::string& family) {
  const OracleFile golden("tiny/" + family + "/golden.safetensors");
  const auto source = ModelSource::open(oracle_path("tiny/" + family)).value();
  ThreadPool pool(2);
  const auto device = make_cpu_device(pool, Precision::kBFloat16);
  const Model model = load_model(*device, *source).value();
  ProbeRequest request{2, 24, golden.ints("input_ids"), golden.ints("labels")};
  request.gradients = true;
  const auto result = probe(*device, model, nullptr, request);
  ASSERT_TRUE(result) << result.error().text();
  for (const ProbeTensor& tensor : result->tensors) {
    const std::string& name = tensor.name;
    const double tolerance = name.starts_with("grad") ? kGradients : name.starts_with("hidden") ? kHidden : name.starts_with("loss") ? kLosses : kLogits;
    const double seen = difference(tensor.values, golden.floats(name));
    EXPECT_LE(seen, tolerance) << name;
    if (name == "logits") EXPECT_GE(seen, 1e-5) << "nothing was rounded";
  }
}

TEST_P(InBfloat16, StaysNearTheGoldenValues) {
  const kernels::AmxForTest amx(false);
  expect_near_the_golden_values(GetParam());
}

TEST_P(InBfloat16, StaysNearTheGoldenValuesOnTiles) {
  const kernels::AmxForTest amx(true);
  expect_near_the_golden_values(GetParam());
}

INSTANTIATE_TEST_SUITE_P(Families, InBfloat16, testing::Values("llama", "llama-tied", "llama3-rope", "mistral", "qwen2", "qwen3"),
                         case_name);

}  // namespace
}  // namespace lab
