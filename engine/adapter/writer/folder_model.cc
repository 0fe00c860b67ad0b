// A model as a Hugging Face folder.
#include <filesystem>

#include "adapter/writer/formats.h"
#include "adapter/writer/model_tensors.h"
#include "base/cat.h"
#include "base/paths.h"
#include "file/atomic_file.h"
#include "file/safetensors.h"
#include "text/save/tokenizer_files.h"

namespace lab {
namespace {

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

}  // namespace

Result<std::uint64_t> write_folder_model(const std::string& folder, const ModelSource& source, std::optional<DType> matrices,
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
  std::vector<ModelTensor> tensors;
  std::vector<NamedTensor> table;
  for (const std::string& tensor : source.tensor_names()) {
    const TensorView* view = source.tensor(tensor);
    if (view == nullptr) continue;  // what only GGUF has
    DType dtype = stored_as(*view, matrices);
    if (is_quantised(dtype)) dtype = DType::kF16;
    const std::int64_t heads = source.config().permuted_qk ? heads_of(source.config(), tensor) : 0;
    tensors.push_back({tensor, tensor, view, dtype, heads > 0 ? RowOrder::kToHuggingFace : RowOrder::kKept, heads});
    const auto bytes = static_cast<std::size_t>(tensors.back().bytes());
    table.push_back({tensor, {dtype, view->shape, {static_cast<const std::byte*>(nullptr), bytes}}});
  }
  LAB_TRY(AtomicFile file, AtomicFile::create((std::filesystem::path(folder) / "model.safetensors").string()));
  LAB_CHECK(file.write(safetensors_header(table, {{"format", "pt"}})));
  TensorBytes contents(source.config(), edit);
  for (const ModelTensor& tensor : tensors) {
    LAB_TRY(const auto bytes, contents.of(tensor));
    LAB_CHECK(file.write(bytes));
  }
  const std::uint64_t total = file.written();
  LAB_CHECK(file.commit());
  LAB_CHECK(write_companions(folder, source));
  return total;
}

}  // namespace lab
