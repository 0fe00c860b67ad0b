#include "adapter/writer/model_tensors.h"

#include "adapter/adapter_values.h"
#include "base/cat.h"
#include "tensor/decode.h"
#include "tensor/encode.h"

namespace lab {

DType stored_as(const TensorView& view, std::optional<DType> matrices) {
  if (view.shape.size() < 2) return DType::kF32;
  const DType want = matrices.value_or(is_encodable(view.dtype) ? view.dtype : DType::kF16);
  return view.shape.back() % info(want).block_elements == 0 ? want : DType::kF16;
}

std::int64_t heads_of(const ModelConfig& config, std::string_view name) {
  if (!name.ends_with(".weight") && !name.ends_with(".bias")) return 0;
  const std::string_view path = name.substr(0, name.rfind('.'));
  if (path.ends_with(slot_path(Slot::kQ))) return config.heads;
  if (path.ends_with(slot_path(Slot::kK))) return config.kv_heads;
  return 0;
}

Result<std::span<const std::byte>> TensorBytes::of(const ModelTensor& tensor) {
  const TensorView& view = *tensor.view;
  const auto count = static_cast<std::int64_t>(view.elements());
  if (!info(view.dtype).decodable)
    return fail(Error{Code::kUnsupported, cat("the tensor is stored as ", name(view.dtype), ", which is not supported")}.of(tensor.source_name));
  values_.resize(view.elements());
  decode(view.dtype, view.bytes.data(), count, values_.data());
  LAB_TRY(const bool changed, edit_(tensor.source_name, values_));
  if (!changed && tensor.order == RowOrder::kKept && tensor.dtype == view.dtype) return view.bytes;
  if (tensor.order != RowOrder::kKept) {
    std::vector<float> rows(values_.size());
    permute_rows(values_.data(), tensor.heads, config_.head_dim, count / (tensor.heads * config_.head_dim),
                 tensor.order == RowOrder::kToLlamaCpp, rows.data());
    values_ = std::move(rows);
  }
  out_.resize(tensor.bytes());
  encode(tensor.dtype, values_.data(), count, out_.data());
  return std::span<const std::byte>(out_);
}

}  // namespace lab
