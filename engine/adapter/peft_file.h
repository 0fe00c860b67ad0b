// PEFT's adapter folder: adapter_config.json and adapter_model.safetensors, read and written.
#pragma once

#include <string>

#include "adapter/adapter_values.h"
#include "file/json.h"
#include "file/safetensors.h"

namespace lab {

/// An adapter as read from a file, with the settings it was made with.
struct LoadedAdapter {
  AdapterValues adapter;
  LoraConfig lora;
  std::string base_model;            ///< base_model_name_or_path, may be empty
};

/// `path`: a PEFT folder or its adapter_model.safetensors (adapter_config.json beside it). Checks that
/// every tensor belongs to the model: kMismatch names the first that does not; kUnsupported lists
/// settings that would change the result and that LoRA Lab does not have; kNotFinite for NaN or infinity.
Result<LoadedAdapter> read_peft(const std::string& path, const ModelConfig& config);

/// The same for what is in memory: the tensors of adapter_model.safetensors and its settings.
Result<AdapterValues> adapter_from_peft(const Safetensors& weights, const LoraConfig& lora, const ModelConfig& config);

/// The settings in a parsed adapter_config.json. kBadJson, kUnsupported.
Result<LoraConfig> lora_from_json(const Json& config);

/// The settings alone, without a model.
Result<LoraConfig> read_peft_config(const std::string& path, std::string* base_model);

/// adapter_config.json with the keys that every PEFT version since 2024 knows.
Json peft_config(const LoraConfig& lora, const AdapterPlan& plan, const std::string& base_model);

/// Writes both files into `folder` (made if absent), each atomically, the weights first.
Status write_peft(const std::string& folder, const AdapterValues& adapter, const LoraConfig& lora,
                  const std::string& base_model);

}  // namespace lab
