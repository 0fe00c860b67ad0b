#include "model/names.h"

#include <algorithm>
#include <array>

#include "base/cat.h"

namespace lab {
namespace {

struct Pair { std::string_view huggingface, gguf; };
constexpr std::array kLayerNames = {
    Pair{"self_attn.q_proj", "attn_q"}, Pair{"self_attn.k_proj", "attn_k"},
    Pair{"self_attn.v_proj", "attn_v"}, Pair{"self_attn.o_proj", "attn_output"},
    Pair{"mlp.gate_proj", "ffn_gate"}, Pair{"mlp.up_proj", "ffn_up"}, Pair{"mlp.down_proj", "ffn_down"},
    Pair{"input_layernorm", "attn_norm"}, Pair{"post_attention_layernorm", "ffn_norm"},
    Pair{"self_attn.q_norm", "attn_q_norm"}, Pair{"self_attn.k_norm", "attn_k_norm"}};
constexpr std::array kGlobalNames = {
    Pair{kEmbeddingPath, "token_embd"}, Pair{kHeadPath, "output"}, Pair{kFinalNormPath, "output_norm"}};

/// Splits "prefix<number>.middle.suffix"; the suffix is "weight" or "bias".
struct Parts { std::string_view number, middle, suffix; };
std::optional<Parts> split(std::string_view name, std::string_view prefix) {
  if (!name.starts_with(prefix)) return std::nullopt;
  name.remove_prefix(prefix.size());
  const auto dot = name.find('.'), last = name.rfind('.');
  if (dot == name.npos || dot == 0 || last <= dot) return std::nullopt;
  Parts parts{name.substr(0, dot), name.substr(dot + 1, last - dot - 1), name.substr(last + 1)};
  const bool digits = std::all_of(parts.number.begin(), parts.number.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (!digits || parts.number.size() > 6) return std::nullopt;
  return parts;
}

std::optional<std::string> translate(std::string_view name, std::string_view from_prefix, std::string_view to_prefix,
                                     std::string_view Pair::*from, std::string_view Pair::*to) {
  for (const Pair& pair : kGlobalNames)
    for (std::string_view suffix : {".weight", ".bias"})
      if (name == cat(pair.*from, suffix)) return cat(pair.*to, suffix);
  if (auto parts = split(name, from_prefix))
    for (const Pair& pair : kLayerNames)
      if (pair.*from == parts->middle) return cat(to_prefix, parts->number, ".", pair.*to, ".", parts->suffix);
  return std::nullopt;
}

}  // namespace

std::string_view slot_path(Slot slot) { return kLayerNames[static_cast<std::size_t>(slot)].huggingface; }

std::string module_path(std::int64_t layer, Slot slot) { return cat("model.layers.", layer, ".", slot_path(slot)); }

std::optional<std::string> gguf_tensor_name(std::string_view name) {
  return translate(name, "model.layers.", "blk.", &Pair::huggingface, &Pair::gguf);
}
std::optional<std::string> huggingface_tensor_name(std::string_view name) {
  return translate(name, "blk.", "model.layers.", &Pair::gguf, &Pair::huggingface);
}

}  // namespace lab
