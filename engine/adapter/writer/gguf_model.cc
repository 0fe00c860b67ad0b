// A model as a GGUF file.
#include <algorithm>
#include <iterator>

#include "adapter/writer/formats.h"
#include "adapter/writer/model_tensors.h"
#include "base/cat.h"
#include "base/paths.h"
#include "file/gguf_writer.h"
#include "model/config_to_gguf.h"
#include "model/names.h"
#include "tensor/encode.h"
#include "text/save/gguf_tokenizer.h"

namespace lab {
namespace {

GgufValue file_type(DType matrices) {
  return gguf_u32(matrices == DType::kF32 ? 0 : matrices == DType::kF16 ? 1 : matrices == DType::kQ8_0 ? 7 : 32);
}

/// What stands before the tensors, and the tensors with their bytes still to come.
struct Contents {
  GgufMetadata metadata;
  std::vector<ModelTensor> tensors;
  std::vector<float> rope_divisors;  ///< a tensor that a folder does not have; empty: none
  GgufTokenizer tokenizer;           ///< of a folder; the metadata looks into it
};

/// From a GGUF file: all its metadata, every tensor under its name.
Result<Contents> contents_of(const Gguf& gguf, std::optional<DType> matrices, const TensorEdit& edit) {
  Contents contents;
  for (const GgufTensor& tensor : gguf.tensors()) {
    ModelTensor item{huggingface_tensor_name(tensor.name).value_or(tensor.name), tensor.name, &tensor.view, stored_as(tensor.view, matrices)};
    // Without a wish every tensor keeps its type, also one that cannot be encoded, as long as it is not edited.
    if (!matrices && !is_encodable(tensor.view.dtype)) {
      std::vector<float> values(tensor.view.elements());
      LAB_TRY(const bool changes, edit(item.source_name, values));
      if (!changes) item.dtype = tensor.view.dtype;
    }
    contents.tensors.push_back(std::move(item));
  }
  contents.metadata = gguf.metadata();
  if (matrices)
    for (auto& [key, value] : contents.metadata)
      if (key == "general.file_type") value = file_type(*matrices);
  return contents;
}

/// From a Hugging Face folder, as llama.cpp's converter names and orders it.
Result<Contents> contents_of_folder(const ModelSource& source, std::optional<DType> matrices) {
  Contents contents;
  const ModelConfig& config = source.config();
  LAB_TRY(contents.metadata, config_to_gguf(config));
  const bool neighbours = rotates_neighbours_in_gguf(config.family);
  DType most = DType::kF32;
  for (const std::string& name : source.tensor_names()) {
    if (name.ends_with(".rotary_emb.inv_freq") || (config.tied_head && name == cat(kHeadPath, ".weight"))) continue;  // said elsewhere
    const auto out_name = gguf_tensor_name(name);
    if (!out_name) return fail(Error{Code::kUnsupported, "GGUF files have no name for this tensor"}.of(name).fix("Write a folder instead."));
    const TensorView* view = source.tensor(name);
    const std::int64_t heads = neighbours ? heads_of(config, name) : 0;
    contents.tensors.push_back({name, *out_name, view, stored_as(*view, matrices), heads > 0 ? RowOrder::kToLlamaCpp : RowOrder::kKept, heads});
    if (view->shape.size() > 1) most = contents.tensors.back().dtype;
  }
  contents.metadata.emplace_back("general.file_type", file_type(most));
  for (const double divisor : rope_divisors(config.rope)) contents.rope_divisors.push_back(static_cast<float>(divisor));
  LAB_TRY(contents.tokenizer, gguf_tokenizer(source.path(), config.vocab));
  std::ranges::copy(contents.tokenizer.metadata, std::back_inserter(contents.metadata));
  return contents;
}

}  // namespace

Result<std::uint64_t> write_gguf_model(const std::string& path, const ModelSource& source, std::optional<DType> matrices,
                                       const TensorEdit& edit) {
  if (same_file(path, source.path()))
    return fail(Error{Code::kBadArgument, "this would overwrite the base model"}.in(path).fix("Name another file."));
  const Gguf* gguf = source.gguf();
  LAB_TRY(const Contents contents, gguf != nullptr ? contents_of(*gguf, matrices, edit) : contents_of_folder(source, matrices));
  std::vector<GgufTensorInfo> table;
  if (!contents.rope_divisors.empty()) table.push_back({"rope_freqs.weight", DType::kF32, {contents.rope_divisors.size()}});
  for (const ModelTensor& tensor : contents.tensors) table.push_back({tensor.out_name, tensor.dtype, tensor.view->shape});
  LAB_TRY(GgufWriter writer, GgufWriter::create(path, contents.metadata, std::move(table)));
  std::uint64_t total = 4 * contents.rope_divisors.size();
  if (total > 0) LAB_CHECK(writer.append(std::as_bytes(std::span(contents.rope_divisors))));
  TensorBytes bytes_of(source.config(), edit);
  for (const ModelTensor& tensor : contents.tensors) {
    LAB_TRY(const auto bytes, bytes_of.of(tensor));
    LAB_CHECK(writer.append(bytes));
    total += bytes.size();
  }
  LAB_CHECK(writer.finish());
  return total;
}

}  // namespace lab
