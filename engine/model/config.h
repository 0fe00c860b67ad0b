// ModelConfig: the shape of a decoder-only transformer, read from a GGUF file or a config.json.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "device/device.h"
#include "file/gguf.h"
#include "file/json.h"
#include "model/rope_scaling.h"

namespace lab {

enum class Family : std::uint8_t { kLlama, kMistral, kQwen2, kQwen3 };
std::string_view family_name(Family family);

struct ModelConfig {
  Family family = Family::kLlama;
  std::int64_t vocab = 0, hidden = 0, layers = 0, heads = 0, kv_heads = 0, head_dim = 0, ffn = 0;
  std::int64_t max_positions = 0;     ///< the context that the model was made for
  double rms_epsilon = 0;
  bool tied_head = false;             ///< the output matrix is the embedding
  bool qkv_bias = false, out_bias = false, mlp_bias = false;
  bool qk_norm = false;               ///< RMSNorm of each q and k head before the rotation (qwen3)
  RopePairs rope_pairs = RopePairs::kHalves;
  /// q and k rows are stored in llama.cpp's order for its llama architecture (so the pairs are neighbours).
  bool permuted_qk = false;
  RopeScaling rope;
  std::vector<std::int64_t> windows;  ///< [layers]: keys a query sees, itself included; 0 is all

  std::int64_t q_size() const { return heads * head_dim; }
  std::int64_t kv_size() const { return kv_heads * head_dim; }
};

/// kUnsupported names a family or feature that LoRA Lab does not have; kCorrupt an impossible shape.
Result<ModelConfig> config_from_gguf(const Gguf& gguf);
Result<ModelConfig> config_from_json(const Json& config, std::string_view source);

/// The config.json of transformers that says the same.
Json config_to_json(const ModelConfig& config);

/// Where the size of a head follows from the hidden size and the head count: does it?
Status check_head_size(const ModelConfig& config, std::string_view source);

/// The checks that both sources share: every size positive, bounded and dividing as it must.
Status check_config(const ModelConfig& config, std::string_view source);

}  // namespace lab
