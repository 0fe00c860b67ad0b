#include "adapter/peft_file.h"

#include <cmath>
#include <filesystem>
#include <map>

#include "adapter/module_match.h"
#include "base/cat.h"
#include "base/mapped_file.h"
#include "base/paths.h"
#include "file/atomic_file.h"
#include "file/safetensors.h"
#include "tensor/decode.h"

namespace lab {
namespace {

constexpr std::string_view kPrefix = "base_model.model.";
constexpr std::string_view kWeightsFile = "adapter_model.safetensors";
constexpr std::string_view kConfigFile = "adapter_config.json";

struct Paths { std::string weights, config; };
Result<Paths> paths_of(const std::string& path) {
  namespace fs = std::filesystem;
  if (!path_exists(path))
    return fail(Error{Code::kNotFound, "there is no such adapter"}.in(path).fix("Name a PEFT folder, an adapter_model.safetensors or a GGUF adapter."));
  const fs::path folder = is_folder(path) ? fs::path(path) : fs::path(path).parent_path();
  const fs::path weights = is_folder(path) ? folder / kWeightsFile : fs::path(path);
  return Paths{weights.string(), (folder / kConfigFile).string()};
}

/// "model.layers.0.self_attn.q_proj.lora_A.weight" -> the module and what follows it.
struct KeyParts { std::string module, part; };
Result<KeyParts> split_key(const std::string& name) {
  std::string_view key = name;
  if (key.starts_with(kPrefix)) key.remove_prefix(kPrefix.size());
  const auto at = key.rfind(".lora_");
  if (at == key.npos)
    return fail(Error{Code::kUnsupported, "the adapter holds a tensor that is not part of a low-rank pair"}.of(name)
                    .fix("Adapters with modules_to_save are not supported."));
  return KeyParts{std::string(key.substr(0, at)), std::string(key.substr(at + 1))};
}

struct Found { const TensorView *a = nullptr, *b = nullptr, *magnitude = nullptr; };

Result<std::map<std::string, Found>> collect(const Safetensors& file) {
  std::map<std::string, Found> found;
  for (const NamedTensor& tensor : file.tensors()) {
    // PEFT saves the unchanged base matrix beside pairs on the embedding and the head.
    if (tensor.name.ends_with(".base_layer.weight")) continue;
    LAB_TRY(const KeyParts key, split_key(tensor.name));
    Found& pair = found[key.module];
    if (key.part == "lora_A.weight" || key.part == "lora_embedding_A") pair.a = &tensor.view;
    else if (key.part == "lora_B.weight" || key.part == "lora_embedding_B") pair.b = &tensor.view;
    else if (key.part == "lora_magnitude_vector" || key.part == "lora_magnitude_vector.weight") pair.magnitude = &tensor.view;
    else return fail(Error{Code::kUnsupported, "the adapter holds a tensor of an unknown kind"}.of(tensor.name));
  }
  return found;
}

Status append(const TensorView& view, std::vector<std::uint64_t> shape, const std::string& name, std::vector<float>& out) {
  if (view.shape != shape) {
    std::string want, got;
    for (auto dim : shape) want += cat(want.empty() ? "" : ", ", dim);
    for (auto dim : view.shape) got += cat(got.empty() ? "" : ", ", dim);
    return fail(Error{Code::kMismatch, cat("the adapter's tensor has the shape [", got, "], the model wants [", want, "]")}
                    .of(name).fix("The adapter was made for another base model."));
  }
  if (!info(view.dtype).decodable || is_quantised(view.dtype))
    return fail(Error{Code::kUnsupported, cat("adapter tensors of the type ", lab::name(view.dtype), " are not supported")}.of(name));
  const std::size_t first = out.size();
  out.resize(first + view.elements());
  decode(view.dtype, view.bytes.data(), static_cast<std::int64_t>(view.elements()), out.data() + first);
  for (std::size_t i = first; i < out.size(); ++i)
    if (!std::isfinite(out[i]))
      return fail(Error{Code::kNotFinite, "the adapter holds a value that is not finite"}.of(name)
                      .fix("Its training diverged; take an earlier checkpoint."));
  return {};
}

struct Patterns {
  PatternValues<std::int64_t> ranks;
  PatternValues<double> alphas;
};
Status take_pair(PairPlan pair, const Found& found, const LoraConfig& lora, const Patterns& patterns, AdapterValues& out) {
  if (found.a == nullptr || found.b == nullptr)
    return fail(Error{Code::kCorrupt, cat("the pair lacks its ", found.a ? "B" : "A")}.of(pair.module));
  if (found.a->shape.size() != 2 || found.a->shape[0] == 0 || found.a->shape[0] > 4096)
    return fail(Error{Code::kMismatch, "A is not a matrix of at most 4096 rows"}.of(pair.module));
  pair.rank = static_cast<std::int64_t>(found.a->shape[0]);
  LAB_TRY(const std::int64_t declared, patterns.ranks.value(pair.module, lora.rank));
  if (declared != pair.rank)
    return fail(Error{Code::kMismatch, cat("the settings say rank ", declared, " and the tensors ", pair.rank)}.of(pair.module));
  LAB_TRY(pair.alpha, patterns.alphas.value(pair.module, lora.alpha));
  pair.scale = pair_scale(pair.alpha, pair.rank, lora.rslora);
  pair.dora = lora.dora;
  if (lora.dora && pair.place == PairPlan::Place::kEmbedding)
    return fail(Error{Code::kUnsupported, "DoRA on the embedding is not supported"}.of(pair.module));
  if (lora.dora != (found.magnitude != nullptr))
    return fail(Error{Code::kMismatch, lora.dora ? "use_dora is set but the pair lacks its magnitude"
                                                 : "the pair has a magnitude but use_dora is not set"}.of(pair.module));
  const auto in = static_cast<std::uint64_t>(pair.in), width = static_cast<std::uint64_t>(pair.out), rank = found.a->shape[0];
  LAB_CHECK(append(*found.a, {rank, in}, pair.module + ".lora_A", out.values));
  LAB_CHECK(append(*found.b, {width, rank}, pair.module + ".lora_B", out.values));
  if (pair.dora) LAB_CHECK(append(*found.magnitude, {width}, pair.module + ".lora_magnitude_vector", out.values));
  out.plan.pairs.push_back(std::move(pair));
  return {};
}

template <class T>
Result<T> in_file(Result<T> result, const std::string& file) {
  if (!result) return fail(std::move(result.error()).in(file).or_fix("Save the adapter again, or take it from where it was published."));
  return result;
}

/// target_modules must mean some module of the model, as PEFT demands too.
Status check_targets(const LoraConfig& lora, const ModelConfig& config) {
  LAB_TRY(const ModuleMatch match, ModuleMatch::targets(lora.targets));
  for (const PairPlan& module : linear_modules(config)) {
    LAB_TRY(const bool hit, match.matches(module.module, module.place == PairPlan::Place::kSlot));
    if (hit) return {};
  }
  return fail(Error{Code::kMismatch, "target_modules matches no module of this model"}.of("target_modules")
                  .fix("The adapter was made for another base model."));
}

}  // namespace

Result<AdapterValues> adapter_from_peft(const Safetensors& file, const LoraConfig& lora, const ModelConfig& config) {
  LAB_TRY(auto found, collect(file));
  Patterns patterns;
  LAB_TRY(patterns.ranks, PatternValues<std::int64_t>::compile(lora.rank_pattern));
  LAB_TRY(patterns.alphas, PatternValues<double>::compile(lora.alpha_pattern));
  AdapterValues out;
  for (const PairPlan& module : linear_modules(config)) {
    auto it = found.find(module.module);
    if (it == found.end()) continue;
    LAB_CHECK(take_pair(module, it->second, lora, patterns, out));
    found.erase(it);
  }
  if (!found.empty())
    return fail(Error{Code::kMismatch, "the adapter is for a module that this model does not have"}.of(found.begin()->first)
                    .fix("The adapter was made for another base model."));
  if (out.plan.pairs.empty()) return fail(Code::kEmpty, "the adapter holds no low-rank pair");
  return out;
}

Result<LoraConfig> read_peft_config(const std::string& path, std::string* base_model) {
  LAB_TRY(const Paths paths, paths_of(path));
  LAB_TRY(auto source, map_file(paths.config));
  const auto bytes = source->bytes();
  LAB_TRY(const Json json, parse_json({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, paths.config));
  if (base_model != nullptr)
    if (const Json* base = json.find("base_model_name_or_path"); base && base->is_string()) *base_model = base->string();
  return in_file(lora_from_json(json), paths.config);
}

Result<LoadedAdapter> read_peft(const std::string& path, const ModelConfig& config) {
  LoadedAdapter out;
  LAB_TRY(out.lora, read_peft_config(path, &out.base_model));
  LAB_TRY(const Paths paths, paths_of(path));
  if (auto status = check_targets(out.lora, config); !status) return fail(std::move(status.error()).in(paths.config));
  LAB_TRY(auto source, map_file(paths.weights));
  LAB_TRY(const Safetensors file, Safetensors::read(source));
  LAB_TRY(out.adapter, in_file(adapter_from_peft(file, out.lora, config), paths.weights));
  return out;
}

Status write_peft(const std::string& folder, const AdapterValues& adapter, const LoraConfig& lora,
                  const std::string& base_model) {
  namespace fs = std::filesystem;
  LAB_CHECK(make_folders(folder));
  std::vector<NamedTensor> tensors;
  for (const AdapterTensor& tensor : adapter_tensors(adapter.plan)) {
    const std::span<const float> values(adapter.values.data() + tensor.first, static_cast<std::size_t>(tensor.count));
    tensors.push_back({cat(kPrefix, tensor.name), {DType::kF32, tensor.shape, std::as_bytes(values)}});
  }
  LAB_CHECK(write_safetensors((fs::path(folder) / kWeightsFile).string(), tensors, {{"format", "pt"}}));
  return write_file((fs::path(folder) / kConfigFile).string(),
                               peft_config(lora, adapter.plan, base_model).dump(2) + "\n");
}

}  // namespace lab
