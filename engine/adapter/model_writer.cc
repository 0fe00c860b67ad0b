#include "adapter/model_writer.h"

#include <filesystem>

#include "adapter/adapter_values.h"
#include "base/cat.h"
#include "base/paths.h"
#include "file/atomic_file.h"
#include "file/gguf_writer.h"
#include "file/safetensors.h"
#include "tensor/decode.h"
#include "tensor/encode.h"
#include "text/save/tokenizer_files.h"

namespace lab {
namespace {

namespace fs = std::filesystem;

/// One tensor on its way: where it comes from and how it will be stored.
struct Item {
  std::string source_name, out_name; ///< Hugging Face's in the source, the output format's
  const TensorView* view = nullptr;
  DType dtype = DType::kF32;         ///< stored as
  std::int64_t heads = 0;            ///< rows go from llama.cpp's order to Hugging Face's, this many heads
};

DType stored_as(const TensorView& view, std::optional<DType> matrices) {
  if (view.shape.size() < 2) return DType::kF32;
  const DType want = matrices.value_or(is_encodable(view.dtype) ? view.dtype : DType::kF16);
  return view.shape.back() % info(want).block_elements == 0 ? want : DType::kF16;
}

std::uint64_t bytes_of(const Item& item) { return *storage_bytes(item.dtype, item.view->elements()); }

/// The tensor's bytes as they will be stored, in `out`; or the source's own if nothing changes.
Result<std::span<const std::byte>> produce(const Item& item, const ModelConfig& config, const TensorEdit& edit,
                                           std::vector<float>& values, std::vector<std::byte>& out) {
  const TensorView& view = *item.view;
  const auto count = static_cast<std::int64_t>(view.elements());
  if (!info(view.dtype).decodable)
    return fail(Error{Code::kUnsupported, cat("the tensor is stored as ", name(view.dtype), ", which is not supported")}.of(item.source_name));
  values.resize(view.elements());
  decode(view.dtype, view.bytes.data(), count, values.data());
  LAB_TRY(const bool changed, edit(item.source_name, values));
  if (!changed && item.heads == 0 && item.dtype == view.dtype) return view.bytes;
  if (item.heads > 0) {
    std::vector<float> rows(values.size());
    permute_rows(values.data(), item.heads, config.head_dim, count / (item.heads * config.head_dim), false, rows.data());
    values = std::move(rows);
  }
  out.resize(bytes_of(item));
  encode(item.dtype, values.data(), count, out.data());
  return std::span<const std::byte>(out);
}

Result<std::uint64_t> write_gguf_model(const std::string& path, const ModelSource& source, std::optional<DType> matrices,
                                       const TensorEdit& edit) {
  const Gguf* gguf = source.gguf();
  if (gguf == nullptr)
    return fail(Error{Code::kUnsupported, "a Hugging Face folder cannot be written as GGUF, because its tokenizer would be lost"}
                    .in(path).fix("Write a folder instead, and convert it with llama.cpp's convert_hf_to_gguf.py."));
  if (same_file(path, source.path()))
    return fail(Error{Code::kBadArgument, "this would overwrite the base model"}.in(path).fix("Name another file."));
  std::vector<Item> items;
  std::vector<GgufTensorInfo> table;
  for (const GgufTensor& tensor : gguf->tensors()) {
    Item item{huggingface_tensor_name(tensor.name).value_or(tensor.name), tensor.name, &tensor.view, stored_as(tensor.view, matrices), 0};
    // Without a wish every tensor keeps its type, also one that cannot be encoded, as long as it is not edited.
    if (!matrices && !is_encodable(tensor.view.dtype)) {
      std::vector<float> values(tensor.view.elements());
      LAB_TRY(const bool changes, edit(item.source_name, values));
      if (!changes) item.dtype = tensor.view.dtype;
    }
    table.push_back({item.out_name, item.dtype, tensor.view.shape});
    items.push_back(std::move(item));
  }
  GgufMetadata metadata = gguf->metadata();
  if (matrices)
    for (auto& [key, value] : metadata)
      if (key == "general.file_type")
        value = gguf_u32(*matrices == DType::kF32 ? 0 : *matrices == DType::kF16 ? 1 : *matrices == DType::kQ8_0 ? 7 : 32);
  LAB_TRY(GgufWriter writer, GgufWriter::create(path, metadata, std::move(table)));
  std::vector<float> values;
  std::vector<std::byte> out;
  std::uint64_t total = 0;
  for (const Item& item : items) {
    LAB_TRY(const auto bytes, produce(item, source.config(), edit, values, out));
    LAB_CHECK(writer.append(bytes));
    total += bytes.size();
  }
  LAB_CHECK(writer.finish());
  return total;
}

std::int64_t heads_to_restore(const ModelConfig& config, std::string_view name) {
  if (!config.permuted_qk) return 0;
  const bool matrix = name.ends_with(".weight");
  const std::string_view path = name.substr(0, name.rfind('.'));
  if (!matrix && !name.ends_with(".bias")) return 0;
  if (path.ends_with(slot_path(Slot::kQ))) return config.heads;
  if (path.ends_with(slot_path(Slot::kK))) return config.kv_heads;
  return 0;
}

Status write_json(const std::string& path, const Json& json) { return write_file(path, json.dump(2) + "\n"); }

/// What a GGUF file says in its metadata, in the files of a folder. A tokenizer that LoRA Lab does not know is left out.
Status write_metadata(const std::string& folder, const ModelSource& source) {
  LAB_CHECK(write_json(folder + "/config.json", config_to_json(source.config())));
  const auto tokenizer = source.tokenizer();
  const auto files = tokenizer_files(*source.gguf());
  if (!tokenizer || !files) return {};
  Json ends = Json::Array{};
  for (const std::int32_t id : (*tokenizer)->end_of_generation_ids()) ends.array().push_back(id);
  Json generation = Json::Object{};
  if (!ends.array().empty()) generation.set("eos_token_id", std::move(ends));
  for (const auto& [name, id] : {std::pair("bos_token_id", (*tokenizer)->bos_id()), std::pair("pad_token_id", (*tokenizer)->pad_id())})
    if (id) generation.set(name, *id);
  LAB_CHECK(write_json(folder + "/generation_config.json", generation));
  LAB_CHECK(write_json(folder + "/tokenizer.json", files->tokenizer));
  return write_json(folder + "/tokenizer_config.json", files->config);
}

/// Tokenizer and settings beside the weights: copied from a folder, else written anew.
Status write_companions(const std::string& folder, const ModelSource& source) {
  if (source.gguf() != nullptr) return write_metadata(folder, source);
  for (const char* file : {"config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json",
                           "special_tokens_map.json", "chat_template.jinja", "vocab.json", "merges.txt"}) {
    const std::string from = cat(source.path(), "/", file);
    if (!path_exists(from)) continue;
    LAB_TRY(const auto bytes, map_file(from));
    LAB_CHECK(write_file(cat(folder, "/", file), {reinterpret_cast<const char*>(bytes->bytes().data()), bytes->bytes().size()}));
  }
  return {};
}

Result<std::uint64_t> write_folder(const std::string& folder, const ModelSource& source, std::optional<DType> matrices,
                                   const TensorEdit& edit) {
  if (matrices && is_quantised(*matrices))
    return fail(Error{Code::kUnsupported, cat("safetensors cannot hold ", name(*matrices))}.in(folder)
                    .fix("Name a .gguf file, or take f32, f16 or bf16."));
  if (!source.config().rope.divisors.empty())
    return fail(Error{Code::kUnsupported, "the model stretches its rotation by rope_freqs, which config.json cannot say"}.in(folder)
                    .fix("Name a .gguf file."));
  if (same_file(folder, source.path()))
    return fail(Error{Code::kBadArgument, "this would overwrite the base model"}.in(folder).fix("Name another folder."));
  LAB_CHECK(make_folders(folder));
  std::vector<Item> items;
  std::vector<NamedTensor> table;
  for (const std::string& tensor : source.tensor_names()) {
    const TensorView* view = source.tensor(tensor);
    if (view == nullptr) continue;  // what only GGUF has
    DType dtype = stored_as(*view, matrices);
    if (is_quantised(dtype)) dtype = DType::kF16;
    Item item{tensor, tensor, view, dtype, heads_to_restore(source.config(), tensor)};
    table.push_back({tensor, {dtype, view->shape, {static_cast<const std::byte*>(nullptr), static_cast<std::size_t>(bytes_of(item))}}});
    items.push_back(std::move(item));
  }
  LAB_TRY(AtomicFile file, AtomicFile::create((fs::path(folder) / "model.safetensors").string()));
  LAB_CHECK(file.write(safetensors_header(table, {{"format", "pt"}})));
  std::vector<float> values;
  std::vector<std::byte> out;
  for (const Item& item : items) {
    LAB_TRY(const auto bytes, produce(item, source.config(), edit, values, out));
    LAB_CHECK(file.write(bytes));
  }
  const std::uint64_t total = file.written();
  LAB_CHECK(file.commit());
  LAB_CHECK(write_companions(folder, source));
  return total;
}

}  // namespace

Result<std::uint64_t> write_model(const std::string& out, const ModelSource& source, std::optional<DType> matrices,
                                  const TensorEdit& edit) {
  if (out.ends_with(".gguf")) return write_gguf_model(out, source, matrices, edit);
  return write_folder(out, source, matrices, edit);
}

}  // namespace lab
