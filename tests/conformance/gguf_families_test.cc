// Every family as GGUF: the tiny models, named and ordered as llama.cpp's converter does, keep their logits.
#include "adapter/adapter_values.h"
#include "devices.h"
#include "file/gguf_writer.h"
#include "model/names.h"
#include "oracle_file.h"
#include "train/probe.h"

namespace lab {
namespace {

/// Writes a Hugging Face source as a GGUF file, q and k rows in llama.cpp's order for llama.
void convert(const ModelSource& source, const std::string& path) {
  const ModelConfig& c = source.config();
  const bool permute = c.family == Family::kLlama || c.family == Family::kMistral;
  const std::string architecture = permute ? "llama" : std::string(family_name(c.family));
  const auto count = [](std::int64_t value) { return gguf_u32(static_cast<std::uint32_t>(value)); };
  GgufMetadata metadata = {{"general.architecture", gguf_string(architecture)},
                           {architecture + ".block_count", count(c.layers)},
                           {architecture + ".context_length", count(c.max_positions)},
                           {architecture + ".embedding_length", count(c.hidden)},
                           {architecture + ".feed_forward_length", count(c.ffn)},
                           {architecture + ".attention.head_count", count(c.heads)},
                           {architecture + ".attention.head_count_kv", count(c.kv_heads)},
                           {architecture + ".attention.key_length", count(c.head_dim)},
                           {architecture + ".attention.value_length", count(c.head_dim)},
                           {architecture + ".attention.layer_norm_rms_epsilon", gguf_f32(static_cast<float>(c.rms_epsilon))},
                           {architecture + ".rope.freq_base", gguf_f32(static_cast<float>(c.rope.theta))}};
  if (c.windows[0] > 0) metadata.emplace_back(architecture + ".attention.sliding_window", count(c.windows[0]));
  std::vector<std::vector<float>> kept;
  std::vector<NamedTensor> tensors;
  for (const std::string& name : source.tensor_names()) {
    const TensorView& view = *source.tensor(name);
    std::vector<float> values(view.elements());
    decode(view.dtype, view.bytes.data(), static_cast<std::int64_t>(values.size()), values.data());
    const bool q = name.find("q_proj") != name.npos, k = name.find("k_proj") != name.npos;
    if (permute && (q || k)) {
      std::vector<float> rows(values.size());
      const std::int64_t heads = q ? c.heads : c.kv_heads;
      permute_rows(values.data(), heads, c.head_dim, static_cast<std::int64_t>(values.size()) / (heads * c.head_dim), true, rows.data());
      values = rows;
    }
    kept.push_back(std::move(values));
    tensors.push_back({*gguf_tensor_name(name), {DType::kF32, view.shape, std::as_bytes(std::span(kept.back()))}});
  }
  if (c.rope.kind == RopeKind::kLlama3) {
    // The converter writes Llama 3's scaling as divisors of the plain frequencies.
    RopeScaling plain = c.rope;
    plain.kind = RopeKind::kDefault;
    const auto scaled = rope_frequencies(c.rope, 1), unscaled = rope_frequencies(plain, 1);
    std::vector<float> divisors;
    for (std::size_t i = 0; i < scaled.size(); ++i) divisors.push_back(static_cast<float>(unscaled[i] / scaled[i]));
    kept.push_back(std::move(divisors));
    tensors.push_back({"rope_freqs.weight", {DType::kF32, {kept.back().size()}, std::as_bytes(std::span(kept.back()))}});
  }
  const Status written = write_gguf(path, metadata, tensors);
  ASSERT_TRUE(written) << written.error().text();
}

class GgufFamily : public testing::TestWithParam<std::string> {};

TEST_P(GgufFamily, KeepsItsLogits) {
  const OracleFile golden("tiny/" + GetParam() + "/golden.safetensors");
  const auto folder = ModelSource::open(oracle_path("tiny/" + GetParam())).value();
  const std::string path = testing::TempDir() + "/family_" + GetParam() + ".gguf";
  convert(*folder, path);
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
                         [](const auto& info) {
                           std::string name = info.param;
                           for (char& c : name) if (c == '-') c = '_';
                           return name;
                         });

}  // namespace
}  // namespace lab
