#include <algorithm>

#include "base/cat.h"
#include "model/config.h"

namespace lab {
namespace {

/// A member that may be absent or null; of another type than wanted it is an error.
Result<double> number_or(const Json& object, std::string_view key, double fallback) {
  const Json* value = object.find(key);
  if (value == nullptr || value->is_null()) return fallback;
  return need_number(object, key);
}
Result<std::int64_t> integer_or(const Json& object, std::string_view key, std::int64_t fallback) {
  const Json* value = object.find(key);
  if (value == nullptr || value->is_null()) return fallback;
  return need_integer(object, key);
}
bool flag(const Json& object, std::string_view key) {
  const Json* value = object.find(key);
  return value != nullptr && value->is_bool() && value->boolean();
}

Result<Family> family_of(const Json& config) {
  LAB_TRY(auto type, need_string(config, "model_type"));
  if (type == "llama") return Family::kLlama;
  if (type == "mistral") return Family::kMistral;
  if (type == "qwen2") return Family::kQwen2;
  if (type == "qwen3") return Family::kQwen3;
  return fail(Error{Code::kUnsupported, cat("models of the type '", type, "' are not supported")}
                  .of("model_type").fix("Supported are llama, mistral, qwen2 and qwen3."));
}

/// transformers 5 writes rope_parameters; 4 wrote rope_theta beside an optional rope_scaling.
Status read_rope(const Json& config, ModelConfig& c) {
  RopeScaling& rope = c.rope;
  rope.rotary = c.head_dim;
  LAB_TRY(rope.theta, number_or(config, "rope_theta", 10000.0));
  const Json* scaling = config.find("rope_parameters");
  if (scaling == nullptr || scaling->is_null()) scaling = config.find("rope_scaling");
  if (scaling == nullptr || !scaling->is_object()) return {};
  const Json& s = *scaling;
  LAB_TRY(rope.theta, number_or(s, "rope_theta", rope.theta));
  LAB_TRY(auto share, number_or(s, "partial_rotary_factor", 1.0));
  if (!(share > 0 && share <= 1))
    return fail(Error{Code::kCorrupt, "partial_rotary_factor is not between 0 and 1"}.of("partial_rotary_factor"));
  rope.rotary = static_cast<std::int64_t>(static_cast<double>(c.head_dim) * share);
  LAB_TRY(rope.factor, number_or(s, "factor", 1.0));
  LAB_TRY(auto outer, integer_or(config, "original_max_position_embeddings", c.max_positions));
  LAB_TRY(rope.original_positions, integer_or(s, "original_max_position_embeddings", outer));
  LAB_TRY(rope.low_freq_factor, number_or(s, "low_freq_factor", 1.0));
  LAB_TRY(rope.high_freq_factor, number_or(s, "high_freq_factor", 4.0));
  LAB_TRY(rope.beta_fast, number_or(s, "beta_fast", 32.0));
  LAB_TRY(rope.beta_slow, number_or(s, "beta_slow", 1.0));
  LAB_TRY(rope.attention_factor, number_or(s, "attention_factor", 0.0));
  LAB_TRY(rope.mscale, number_or(s, "mscale", 0.0));
  LAB_TRY(rope.mscale_all_dim, number_or(s, "mscale_all_dim", 0.0));
  if (const Json* truncate = s.find("truncate"); truncate && truncate->is_bool()) rope.truncate = truncate->boolean();

  const Json* name = s.find("rope_type");
  if (name == nullptr) name = s.find("type");
  const std::string kind = name != nullptr && name->is_string() ? name->string() : "default";
  if (kind == "linear") rope.kind = RopeKind::kLinear;
  else if (kind == "dynamic") rope.kind = RopeKind::kDynamic;
  else if (kind == "yarn") rope.kind = RopeKind::kYarn;
  else if (kind == "llama3") rope.kind = RopeKind::kLlama3;
  else if (kind != "default")
    return fail(Error{Code::kUnsupported, cat("rope scaling '", kind, "' is not supported")}.of("rope_type")
                    .fix("Supported are default, linear, dynamic, yarn and llama3."));
  return {};
}

Status read_windows(const Json& config, ModelConfig& c) {
  c.windows.assign(static_cast<std::size_t>(c.layers), 0);
  LAB_TRY(auto window, integer_or(config, "sliding_window", 0));
  if (window <= 0) return {};
  if (const Json* types = config.find("layer_types"); types != nullptr && types->is_array()) {
    if (types->array().size() != c.windows.size())
      return fail(Error{Code::kCorrupt, "layer_types does not list every layer"}.of("layer_types"));
    for (std::size_t i = 0; i < c.windows.size(); ++i) {
      const Json& type = types->array()[i];
      const std::string kind = type.is_string() ? type.string() : "";
      if (kind == "sliding_attention") c.windows[i] = window;
      else if (kind != "full_attention")
        return fail(Error{Code::kUnsupported, cat("layers of the type '", kind, "' are not supported")}.of("layer_types"));
    }
    return {};
  }
  const bool qwen = c.family == Family::kQwen2 || c.family == Family::kQwen3;
  if (qwen && !flag(config, "use_sliding_window")) return {};
  LAB_TRY(auto first, integer_or(config, "max_window_layers", 0));
  for (std::int64_t i = qwen ? std::max<std::int64_t>(0, first) : 0; i < c.layers; ++i)
    c.windows[static_cast<std::size_t>(i)] = c.family == Family::kLlama ? 0 : window;
  return {};
}

Result<ModelConfig> read(const Json& config, std::string_view source) {
  ModelConfig c;
  LAB_TRY(c.family, family_of(config));
  LAB_TRY(c.vocab, need_integer(config, "vocab_size"));
  LAB_TRY(c.hidden, need_integer(config, "hidden_size"));
  LAB_TRY(c.layers, need_integer(config, "num_hidden_layers"));
  LAB_TRY(c.ffn, need_integer(config, "intermediate_size"));
  LAB_TRY(c.heads, need_integer(config, "num_attention_heads"));
  LAB_TRY(c.kv_heads, integer_or(config, "num_key_value_heads", c.heads));
  LAB_TRY(c.head_dim, integer_or(config, "head_dim", c.heads > 0 ? c.hidden / c.heads : 0));
  LAB_CHECK(check_head_size(c, source));
  LAB_TRY(c.max_positions, integer_or(config, "max_position_embeddings", 2048));
  LAB_TRY(c.rms_epsilon, number_or(config, "rms_norm_eps", 1e-6));
  c.tied_head = flag(config, "tie_word_embeddings");
  c.qk_norm = c.family == Family::kQwen3;
  c.qkv_bias = c.family == Family::kQwen2 || flag(config, "attention_bias");
  c.out_bias = c.family != Family::kQwen2 && flag(config, "attention_bias");
  c.mlp_bias = flag(config, "mlp_bias");
  const Json* act = config.find("hidden_act");
  if (act != nullptr && (!act->is_string() || act->string() != "silu"))
    return fail(Error{Code::kUnsupported, cat("the activation '", act->is_string() ? act->string() : act->dump(), "' is not supported")}
                    .of("hidden_act").fix("Supported is silu (SwiGLU)."));
  if (const Json* quantised = config.find("quantization_config"); quantised && !quantised->is_null())
    return fail(Error{Code::kUnsupported, "weights quantised by another library (quantization_config) are not supported"}
                    .of("quantization_config").fix("Take the original weights, or a GGUF file."));
  LAB_CHECK(read_rope(config, c));
  LAB_CHECK(check_config(c, source));
  LAB_CHECK(read_windows(config, c));
  return c;
}

}  // namespace

Result<ModelConfig> config_from_json(const Json& config, std::string_view source) {
  auto result = read(config, source);
  if (!result) return fail(std::move(result.error()).in(source).or_fix("Take the config.json that the model was published with."));
  return result;
}

}  // namespace lab
