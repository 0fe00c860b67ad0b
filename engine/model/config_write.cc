#include "model/config.h"

namespace lab {
namespace {

struct Names { const char *architecture, *type; };
Names names_of(Family family) {
  switch (family) {
    case Family::kLlama: return {"LlamaForCausalLM", "llama"};
    case Family::kMistral: return {"MistralForCausalLM", "mistral"};
    case Family::kQwen2: return {"Qwen2ForCausalLM", "qwen2"};
    case Family::kQwen3: return {"Qwen3ForCausalLM", "qwen3"};
  }
  return {"", ""};
}

/// In the words of transformers 4, which 5 reads too. Null without scaling.
Json scaling_json(const RopeScaling& rope) {
  Json json = Json::Object{};
  switch (rope.kind) {
    case RopeKind::kDefault: return nullptr;
    case RopeKind::kLinear: json.set("rope_type", "linear"); break;
    case RopeKind::kDynamic: json.set("rope_type", "dynamic"); break;
    case RopeKind::kYarn:
      json.set("rope_type", "yarn").set("beta_fast", rope.beta_fast).set("beta_slow", rope.beta_slow);
      if (rope.attention_factor > 0) json.set("attention_factor", rope.attention_factor);
      break;
    case RopeKind::kLlama3:
      json.set("rope_type", "llama3").set("low_freq_factor", rope.low_freq_factor).set("high_freq_factor", rope.high_freq_factor);
      break;
  }
  json.set("factor", rope.factor).set("original_max_position_embeddings", rope.original_positions);
  return json;
}

}  // namespace

Json config_to_json(const ModelConfig& c) {
  const Names names = names_of(c.family);
  Json json = Json::Object{};
  json.set("architectures", Json::Array{names.architecture}).set("model_type", names.type).set("hidden_act", "silu");
  json.set("vocab_size", c.vocab).set("hidden_size", c.hidden).set("intermediate_size", c.ffn);
  json.set("num_hidden_layers", c.layers).set("num_attention_heads", c.heads).set("num_key_value_heads", c.kv_heads);
  json.set("head_dim", c.head_dim).set("max_position_embeddings", c.max_positions).set("rms_norm_eps", c.rms_epsilon);
  json.set("rope_theta", c.rope.theta).set("rope_scaling", scaling_json(c.rope)).set("tie_word_embeddings", c.tied_head);
  if (c.family == Family::kLlama || c.family == Family::kQwen3) json.set("attention_bias", c.qkv_bias);
  if (c.family == Family::kLlama) json.set("mlp_bias", c.mlp_bias);
  std::int64_t window = 0;
  for (std::int64_t w : c.windows) window = std::max(window, w);
  json.set("sliding_window", window > 0 ? Json(window) : Json(nullptr));
  return json;
}

}  // namespace lab
