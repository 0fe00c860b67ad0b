// GGUF adapters as llama.cpp loads them: read and written, with its row order and its one alpha.
#pragma once

#include <string>

#include "adapter/adapter_values.h"
#include "adapter/peft_file.h"
#include "file/gguf.h"

namespace lab {

/// kMismatch names the first tensor that does not belong to the model.
Result<LoadedAdapter> read_gguf_adapter(const std::string& path, const ModelConfig& config);

/// The same for a file that is in memory.
Result<LoadedAdapter> adapter_from_gguf(const Gguf& gguf, const ModelConfig& config);

/// GGUF has one alpha a file and divides it by each pair's rank, and knows no rsLoRA: so where the
/// pairs' scales do not come out of one alpha, the difference is multiplied into B. kUnsupported for DoRA
/// and for a pair on a tied embedding or head.
Status write_gguf_adapter(const std::string& path, const AdapterValues& adapter, const ModelConfig& config);

/// Any adapter: a PEFT folder, its adapter_model.safetensors, or a GGUF file.
Result<LoadedAdapter> read_adapter(const std::string& path, const ModelConfig& config);

}  // namespace lab
