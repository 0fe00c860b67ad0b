// The tensors of a model that is being written: what each is called and stored as, and its bytes.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "adapter/model_writer.h"

namespace lab {

/// Which rows of q and k change places on the way.
enum class RowOrder : std::uint8_t { kKept, kToHuggingFace, kToLlamaCpp };

/// One tensor on its way: where it comes from and how it will be stored.
struct ModelTensor {
  std::string source_name, out_name;  ///< Hugging Face's in the source, the output format's
  const TensorView* view = nullptr;
  DType dtype = DType::kF32;          ///< stored as
  RowOrder order = RowOrder::kKept;
  std::int64_t heads = 0;             ///< that the rows belong to, if they change places

  std::uint64_t bytes() const { return *storage_bytes(dtype, view->elements()); }
};

/// The type that a tensor gets: F32 for vectors; for matrices the one wished for, else their own, else F16 where that cannot be written.
DType stored_as(const TensorView& view, std::optional<DType> matrices);

/// The heads of a query or key projection's weight or bias; 0 for everything else.
std::int64_t heads_of(const ModelConfig& config, std::string_view huggingface_name);

/// Makes tensors' bytes one after another, in memory for one tensor.
class TensorBytes {
 public:
  TensorBytes(const ModelConfig& config, const TensorEdit& edit) : config_(config), edit_(edit) {}

  /// As they will be stored, valid until the next call; the source's own if nothing changes. kUnsupported for a type that cannot be read.
  Result<std::span<const std::byte>> of(const ModelTensor& tensor);

 private:
  const ModelConfig& config_;
  const TensorEdit& edit_;
  std::vector<float> values_;
  std::vector<std::byte> out_;
};

}  // namespace lab
