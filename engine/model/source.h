// ModelSource: an opened model, a GGUF file or a Hugging Face folder, seen by Hugging Face's names.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "file/gguf.h"
#include "file/shards.h"
#include "model/config.h"
#include "tensor/tensor_view.h"
#include "text/tokenizer.h"

namespace lab {

/// Immutable once opened; tensors are views into mapped files that live as long as this object.
class ModelSource {
 public:
  /// `path`: a .gguf file, or a folder with config.json and model.safetensors (or its index).
  static Result<std::shared_ptr<const ModelSource>> open(const std::string& path);

  const std::string& path() const { return path_; }
  const ModelConfig& config() const { return config_; }
  /// "gguf" or "safetensors".
  std::string_view format() const { return gguf_ ? "gguf" : "safetensors"; }
  const Gguf* gguf() const { return gguf_ ? &*gguf_ : nullptr; }

  /// The tensor of a Hugging Face name ("model.norm.weight"); null if the model has none.
  const TensorView* tensor(std::string_view huggingface_name) const;
  /// Every tensor: its Hugging Face name where it has one, else the file's.
  std::vector<std::string> tensor_names() const;

  /// The model's own tokenizer; kNotFound if it brings none, kMismatch if it has more pieces than
  /// the embedding has rows.
  Result<std::shared_ptr<const Tokenizer>> tokenizer() const;

 private:
  std::string path_;
  ModelConfig config_;
  std::optional<Gguf> gguf_;
  std::optional<Shards> shards_;
};

/// The tokenizer of a model, or of a GGUF file or folder that holds nothing else.
Result<std::shared_ptr<const Tokenizer>> open_tokenizer(const std::string& path);

/// Is this path a GGUF file by its first bytes?
bool is_gguf_file(const std::string& path);

}  // namespace lab
