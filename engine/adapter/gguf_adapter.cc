#include "adapter/gguf_adapter.h"

#include <cmath>
#include <map>

#include "base/cat.h"
#include "base/out_of_memory.h"
#include "file/gguf.h"
#include "file/gguf_writer.h"
#include "model/config_to_gguf.h"
#include "model/names.h"
#include "tensor/decode.h"

namespace lab {
namespace {

std::int64_t permuted_heads(const ModelConfig& config, const PairPlan& pair) {
  if (!rotates_neighbours_in_gguf(config.family) || pair.place != PairPlan::Place::kSlot) return 0;
  return pair.slot == Slot::kQ ? config.heads : pair.slot == Slot::kK ? config.kv_heads : 0;
}

std::vector<float> transposed(const float* from, std::int64_t rows, std::int64_t cols) {
  std::vector<float> out(static_cast<std::size_t>(rows * cols));
  for (std::int64_t i = 0; i < rows; ++i)
    for (std::int64_t j = 0; j < cols; ++j) out[static_cast<std::size_t>(j * rows + i)] = from[i * cols + j];
  return out;
}

Result<std::vector<float>> numbers(const Gguf& gguf, const std::string& name, std::int64_t rows, std::int64_t cols) {
  const GgufTensor* tensor = gguf.tensor(name);
  if (tensor == nullptr) return fail(Error{Code::kCorrupt, "the pair lacks one of its two tensors"}.of(name));
  const TensorView& view = tensor->view;
  if (view.shape.size() != 2 || view.shape[0] != static_cast<std::uint64_t>(rows) || view.shape[1] != static_cast<std::uint64_t>(cols))
    return fail(Error{Code::kMismatch, cat("the adapter's tensor is not [", rows, ", ", cols, "] as the model wants")}.of(name)
                    .fix("The adapter was made for another base model."));
  if (!info(view.dtype).decodable)
    return fail(Error{Code::kUnsupported, cat("adapter tensors of the type ", lab::name(view.dtype), " are not supported")}.of(name));
  std::vector<float> out(view.elements());
  decode(view.dtype, view.bytes.data(), static_cast<std::int64_t>(out.size()), out.data());
  for (float value : out)
    if (!std::isfinite(value)) return fail(Error{Code::kNotFinite, "the adapter holds a value that is not finite"}.of(name));
  return out;
}

/// Reads one module's pair, if the file has it.
Result<bool> read_pair(const Gguf& gguf, const ModelConfig& config, double alpha, PairPlan pair, AdapterValues& out) {
  const auto base = gguf_tensor_name(pair.module + ".weight");
  if (!base) return false;
  const std::string name_a = *base + ".lora_a", name_b = *base + ".lora_b";
  const GgufTensor* a = gguf.tensor(name_a);
  if (a == nullptr && gguf.tensor(name_b) == nullptr) return false;
  if (a == nullptr || a->view.shape.size() != 2)
    return fail(Error{Code::kCorrupt, "the pair lacks its A matrix"}.of(name_a));
  const bool embedding = pair.place == PairPlan::Place::kEmbedding;
  pair.rank = static_cast<std::int64_t>(a->view.shape[embedding ? 1 : 0]);
  if (pair.rank < 1 || pair.rank > 4096) return fail(Error{Code::kMismatch, cat("the rank ", pair.rank, " is outside 1 to 4096")}.of(name_a));
  LAB_TRY(auto first, numbers(gguf, name_a, embedding ? pair.in : pair.rank, embedding ? pair.rank : pair.in));
  LAB_TRY(auto second, numbers(gguf, name_b, pair.out, pair.rank));
  if (embedding) first = transposed(first.data(), pair.in, pair.rank);
  if (const std::int64_t heads = permuted_heads(config, pair)) {
    std::vector<float> rows(second.size());
    permute_rows(second.data(), heads, config.head_dim, pair.rank, false, rows.data());
    second = std::move(rows);
  }
  // llama.cpp: without an alpha the product counts as it is.
  pair.alpha = alpha != 0 ? alpha : static_cast<double>(pair.rank);
  pair.scale = pair_scale(pair.alpha, pair.rank, false);
  out.values.insert(out.values.end(), first.begin(), first.end());
  out.values.insert(out.values.end(), second.begin(), second.end());
  out.plan.pairs.push_back(std::move(pair));
  return true;
}

/// The settings that say the same in PEFT's words.
LoraConfig settings_of(const AdapterPlan& plan) {
  LoraConfig lora;
  lora.rank = plan.pairs.front().rank;
  lora.alpha = plan.pairs.front().alpha;
  lora.targets.kind = TargetModules::Kind::kNames;
  for (const PairPlan& pair : plan.pairs) {
    lora.targets.names.push_back(pair.module);
    if (pair.rank != lora.rank) lora.rank_pattern.emplace_back(pair.module, pair.rank);
    if (pair.alpha != lora.alpha) lora.alpha_pattern.emplace_back(pair.module, pair.alpha);
  }
  return lora;
}

}  // namespace

Result<LoadedAdapter> adapter_from_gguf(const Gguf& gguf, const ModelConfig& config) {
  LAB_TRY(auto kind, gguf.string("general.type"));
  LAB_TRY(auto type, gguf.string("adapter.type"));
  if (kind.value_or("") != "adapter" || type.value_or("") != "lora")
    return fail(Error{Code::kMismatch, "this GGUF file is not a LoRA adapter"}.of("adapter.type")
                    .fix("Give a model with --model and an adapter with --adapter."));
  LAB_TRY(auto architecture, gguf.string("general.architecture"));
  if (architecture.value_or("") != gguf_architecture(config.family))
    return fail(Error{Code::kMismatch, cat("the adapter is for models of the architecture '", architecture.value_or(""), "', this one is '",
                                           gguf_architecture(config.family), "'")}.of("general.architecture"));
  LAB_TRY(auto alpha, gguf.number("adapter.lora.alpha"));
  if (!std::isfinite(alpha.value_or(0))) return fail(Error{Code::kNotFinite, "alpha is not finite"}.of("adapter.lora.alpha"));
  LoadedAdapter out;
  std::size_t used = 0;
  for (const PairPlan& module : linear_modules(config)) {
    LAB_TRY(const bool found, read_pair(gguf, config, alpha.value_or(0), module, out.adapter));
    if (found) used += 2;
  }
  if (used != gguf.tensors().size()) {
    for (const GgufTensor& tensor : gguf.tensors()) {
      const std::string base = tensor.name.substr(0, tensor.name.rfind(".lora_"));
      const auto module = huggingface_tensor_name(base);
      bool known = false;
      for (const PairPlan& pair : out.adapter.plan.pairs) known |= module && *module == pair.module + ".weight";
      if (!known)
        return fail(Error{Code::kMismatch, "the adapter holds a tensor that this model has no place for"}.of(tensor.name)
                        .fix("The adapter was made for another base model."));
    }
  }
  if (out.adapter.plan.pairs.empty()) return fail(Code::kEmpty, "the adapter holds no low-rank pair");
  out.lora = settings_of(out.adapter.plan);
  return out;
}

Result<LoadedAdapter> read_gguf_adapter(const std::string& path, const ModelConfig& config) {
  LAB_TRY(auto source, map_file(path));
  LAB_TRY(const Gguf gguf, Gguf::read(source));
  auto result = adapter_from_gguf(gguf, config);
  if (!result) return fail(std::move(result.error()).in(path).or_fix("Convert the adapter again."));
  return result;
}

Status write_gguf_adapter(const std::string& path, const AdapterValues& adapter, const ModelConfig& config) {
  const PairPlan& first = adapter.plan.pairs.front();
  // The one alpha that gives the first pair its scale; usually it fits them all.
  const double alpha = first.scale * static_cast<double>(first.rank);
  const GgufMetadata metadata = {{"general.architecture", gguf_string(gguf_architecture(config.family))},
                                 {"general.type", gguf_string("adapter")},
                                 {"adapter.type", gguf_string("lora")},
                                 {"adapter.lora.alpha", gguf_f32(static_cast<float>(alpha))}};
  std::vector<std::vector<float>> kept;  // what the views below see
  std::vector<NamedTensor> tensors;
  const float* values = adapter.values.data();
  for (const PairPlan& pair : adapter.plan.pairs) {
    if (pair.dora)
      return fail(Error{Code::kUnsupported, "GGUF adapters cannot hold DoRA's magnitudes"}.of(pair.module)
                      .fix("Use 'merge' to write a model instead."));
    if (config.tied_head && pair.place != PairPlan::Place::kSlot)
      return fail(Error{Code::kUnsupported, "the model uses one matrix as embedding and head, and llama.cpp cannot apply a pair to only one of the two uses"}
                      .of(pair.module).fix("Keep the adapter in PEFT's format, or train without embed_tokens and lm_head."));
    const bool embedding = pair.place == PairPlan::Place::kEmbedding;
    std::vector<float> a(values, values + pair.a_count());
    std::vector<float> b(values + pair.a_count(), values + pair.count());
    values += pair.count();
    if (embedding) a = transposed(a.data(), pair.rank, pair.in);
    if (const std::int64_t heads = permuted_heads(config, pair)) {
      std::vector<float> rows(b.size());
      permute_rows(b.data(), heads, config.head_dim, pair.rank, true, rows.data());
      b = std::move(rows);
    }
    const double scale = alpha / static_cast<double>(pair.rank);
    if (scale != pair.scale)
      for (float& value : b) value = static_cast<float>(value * (pair.scale / scale));
    const std::string base = *gguf_tensor_name(pair.module + ".weight");
    const auto rank = static_cast<std::uint64_t>(pair.rank), in = static_cast<std::uint64_t>(pair.in), out = static_cast<std::uint64_t>(pair.out);
    auto add = [&](std::string name, std::vector<std::uint64_t> shape, std::vector<float> data) {
      kept.push_back(std::move(data));
      tensors.push_back({std::move(name), {DType::kF32, std::move(shape), std::as_bytes(std::span(kept.back()))}});
    };
    add(base + ".lora_a", embedding ? std::vector{in, rank} : std::vector{rank, in}, std::move(a));
    add(base + ".lora_b", {out, rank}, std::move(b));
  }
  return write_gguf(path, metadata, tensors);
}

Result<LoadedAdapter> read_adapter(const std::string& path, const ModelConfig& config) {
  return or_out_of_memory("reading the adapter", [&]() -> Result<LoadedAdapter> {
    return is_gguf_file(path) ? read_gguf_adapter(path, config) : read_peft(path, config);
  });
}

}  // namespace lab
