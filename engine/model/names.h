// The names of a model's tensors: Hugging Face's, which the engine uses, and GGUF's.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lab {

/// The linear layers of a decoder layer, in the order in which they compute.
enum class Slot : std::uint8_t { kQ, kK, kV, kO, kGate, kUp, kDown };
inline constexpr int kSlots = 7;

/// "self_attn.q_proj", "mlp.down_proj", ...
std::string_view slot_path(Slot slot);
/// "model.layers.3.self_attn.q_proj".
std::string module_path(std::int64_t layer, Slot slot);

inline constexpr std::string_view kEmbeddingPath = "model.embed_tokens";
inline constexpr std::string_view kHeadPath = "lm_head";
inline constexpr std::string_view kFinalNormPath = "model.norm";

/// "model.layers.0.mlp.up_proj.weight" -> "blk.0.ffn_up.weight", and back; nullopt if unknown.
std::optional<std::string> gguf_tensor_name(std::string_view huggingface_name);
std::optional<std::string> huggingface_tensor_name(std::string_view gguf_name);

}  // namespace lab
