// The two formats that write_model() writes.
#pragma once

#include "adapter/model_writer.h"

namespace lab {

// Both as write_model().
Result<std::uint64_t> write_gguf_model(const std::string& path, const ModelSource& source, std::optional<DType> matrices, const TensorEdit& edit);
Result<std::uint64_t> write_folder_model(const std::string& folder, const ModelSource& source, std::optional<DType> matrices, const TensorEdit& edit);

}  // namespace lab
