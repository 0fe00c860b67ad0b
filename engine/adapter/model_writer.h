// Writes a whole model, tensor by tensor, with some of its values changed: merging, full fine-tunes.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/source.h"

namespace lab {

/// Changes a tensor's float32 values, given by its Hugging Face name and in the source's row order.
/// Returns whether it changed anything: what did not change and keeps its type is copied bit by bit.
using TensorEdit = std::function<Result<bool>(const std::string& name, std::vector<float>& values)>;

/// `out`: a .gguf file (from a GGUF source with all its metadata, from a folder in llama.cpp's names and order) or a folder (model.safetensors,
/// config.json and the tokenizer's files: copied from a folder source, written anew from a GGUF one's metadata). `matrices`: the type of
/// the matrices, F32, F16, BF16 or (GGUF only) Q8_0; nullopt keeps each tensor's where it can be
/// written, else F16. Vectors stay F32. Memory: one tensor at a time. Returns the bytes written.
Result<std::uint64_t> write_model(const std::string& out, const ModelSource& source, std::optional<DType> matrices,
                                  const TensorEdit& edit);

}  // namespace lab
