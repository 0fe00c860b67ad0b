// Merged models against PEFT's merge_and_unload, in every format that can be written.
#include <filesystem>

#include "adapter/gguf_adapter.h"
#include "adapter/merge.h"
#include "case_name.h"
#include "devices.h"
#include "oracle_file.h"
#include "train/probe.h"

namespace lab {
namespace {

std::vector<float> logits_of(const std::string& path, const std::vector<std::int32_t>& ids) {
  auto source = ModelSource::open(path);
  EXPECT_TRUE(source) << source.error().text();
  auto device = make_device(TestedDevice::kReference);
  const Model model = load_model(*device, **source).value();
  for (const ProbeTensor& tensor : probe(*device, model, nullptr, {2, 24, ids, {}}).value().tensors)
    if (tensor.name == "logits") return tensor.values;
  return {};
}

class Merge : public testing::TestWithParam<std::string> {};

TEST_P(Merge, IntoAFolderGivesPeftsMergedLogits) {
  const std::string name = GetParam();
  const OracleFile golden("lora/" + name + "/golden.safetensors");
  auto source = ModelSource::open(oracle_path("tiny/" + name.substr(0, name.find('_')))).value();
  const LoadedAdapter adapter = read_adapter(oracle_path("lora/" + name), source->config()).value();
  auto edit = merge_edit(source->config(), adapter.adapter);
  ASSERT_TRUE(edit) << edit.error().text();
  const std::string out = testing::TempDir() + "/merged_" + name;
  ASSERT_TRUE(write_model(out, *source, DType::kF32, *edit));
  EXPECT_LE(difference(logits_of(out, golden.ints("input_ids")), golden.floats("merged_logits")), 5e-5);
}

INSTANTIATE_TEST_SUITE_P(Variants, Merge,
                         testing::Values("llama_lora", "llama_rslora", "llama_dora", "llama_embed", "llama_pattern", "llama-tied_lora",
                                         "qwen2_lora", "qwen2_rslora", "qwen2_dora"),
                         case_name);

TEST(MergeGguf, GivesTheLogitsOfBaseAndAdapterInEachType) {
  const OracleFile golden("gguf/golden.safetensors");
  auto source = ModelSource::open(oracle_path("gguf/llama-tied.F32.gguf")).value();
  const LoadedAdapter adapter = read_adapter(oracle_path("gguf/adapter.gguf"), source->config()).value();
  const TensorEdit edit = merge_edit(source->config(), adapter.adapter).value();
  const struct { const char* file; std::optional<DType> dtype; double tolerance; } cases[] = {
      {"keep.gguf", std::nullopt, 5e-5}, {"f32.gguf", DType::kF32, 5e-5}, {"f16.gguf", DType::kF16, 5e-3}, {"q8.gguf", DType::kQ8_0, 5e-2},
      {"folder", DType::kF32, 5e-5}};
  for (const auto& c : cases) {
    const std::string out = testing::TempDir() + "/merge_" + c.file;
    auto written = write_model(out, *source, c.dtype, edit);
    ASSERT_TRUE(written) << written.error().text();
    EXPECT_LE(difference(logits_of(out, golden.ints("input_ids")), golden.floats("F32_adapter.logits")), c.tolerance) << c.file;
  }
}

TEST(MergeGguf, CopiesUntouchedTensorsBitByBit) {
  auto source = ModelSource::open(oracle_path("gguf/llama-tied.Q4_1.gguf")).value();
  const std::string out = testing::TempDir() + "/copy.gguf";
  ASSERT_TRUE(write_model(out, *source, std::nullopt, [](const std::string&, std::vector<float>&) -> Result<bool> { return false; }));
  const auto ours = map_file(out).value(), theirs = map_file(oracle_path("gguf/llama-tied.Q4_1.gguf")).value();
  EXPECT_TRUE(std::ranges::equal(ours->bytes(), theirs->bytes()));
}

}  // namespace
}  // namespace lab
