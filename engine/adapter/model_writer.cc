#include "adapter/model_writer.h"

#include "adapter/writer/formats.h"

namespace lab {

Result<std::uint64_t> write_model(const std::string& out, const ModelSource& source, std::optional<DType> matrices,
                                  const TensorEdit& edit) {
  if (out.ends_with(".gguf")) return write_gguf_model(out, source, matrices, edit);
  return write_folder_model(out, source, matrices, edit);
}

}  // namespace lab
