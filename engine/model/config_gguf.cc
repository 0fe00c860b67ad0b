#include "base/cat.h"
#include "model/config.h"
#include "tensor/decode.h"

namespace lab {
namespace {

/// Reads the keys "<architecture>.<name>".
class Keys {
 public:
  Keys(const Gguf& gguf, std::string_view architecture) : gguf_(gguf), prefix_(cat(architecture, ".")) {}

  Result<std::int64_t> integer(std::string_view name) const {
    LAB_TRY(auto value, gguf_.integer(prefix_ + std::string(name)));
    if (!value)
      return fail(Error{Code::kCorrupt, cat("the model's metadata lacks ", prefix_, name)}
                      .in(gguf_.name()).of(prefix_ + std::string(name)).fix("Convert the model again."));
    return *value;
  }
  Result<std::int64_t> integer_or(std::string_view name, std::int64_t fallback) const {
    LAB_TRY(auto value, gguf_.integer(prefix_ + std::string(name)));
    return value.value_or(fallback);
  }
  Result<double> number_or(std::string_view name, double fallback) const {
    LAB_TRY(auto value, gguf_.number(prefix_ + std::string(name)));
    return value.value_or(fallback);
  }
  Result<std::string> string_or(std::string_view name, std::string_view fallback) const {
    LAB_TRY(auto value, gguf_.string(prefix_ + std::string(name)));
    return std::string(value.value_or(fallback));
  }

 private:
  const Gguf& gguf_;
  std::string prefix_;
};

Status read_rope(const Gguf& gguf, const Keys& keys, ModelConfig& c) {
  RopeScaling& rope = c.rope;
  LAB_TRY(rope.rotary, keys.integer_or("rope.dimension_count", c.head_dim));
  LAB_TRY(rope.theta, keys.number_or("rope.freq_base", 10000.0));
  LAB_TRY(auto kind, keys.string_or("rope.scaling.type", "none"));
  LAB_TRY(rope.factor, keys.number_or("rope.scaling.factor", 1.0));
  LAB_TRY(auto old_linear, keys.number_or("rope.scale_linear", 1.0));
  LAB_TRY(rope.original_positions, keys.integer_or("rope.scaling.original_context_length", c.max_positions));
  LAB_TRY(rope.attention_factor, keys.number_or("rope.scaling.attn_factor", 0.0));
  if (kind == "none" && old_linear != 1.0) {
    kind = "linear";
    rope.factor = old_linear;
  }
  if (kind == "linear") rope.kind = RopeKind::kLinear;
  else if (kind == "yarn") rope.kind = RopeKind::kYarn;
  else if (kind != "none")
    return fail(Error{Code::kUnsupported, cat("rope scaling '", kind, "' is not supported")}.in(gguf.name())
                    .fix("Supported are none, linear and yarn, and Llama 3's rope_freqs."));
  if (const GgufTensor* divisors = gguf.tensor("rope_freqs.weight")) {
    if (divisors->view.dtype != DType::kF32 || divisors->view.elements() != static_cast<std::uint64_t>(rope.rotary / 2))
      return fail(Error{Code::kCorrupt, "rope_freqs.weight does not match the rotary dimensions"}.in(gguf.name()).of(divisors->name).fix("Convert the model again."));
    std::vector<float> values(divisors->view.elements());  // copied: a file may align to less than a float
    decode(DType::kF32, divisors->view.bytes.data(), std::ssize(values), values.data());
    rope.divisors.assign(values.begin(), values.end());
    for (double divisor : rope.divisors)
      if (!(divisor > 0)) return fail(Error{Code::kCorrupt, "rope_freqs.weight holds a value that is not positive"}.in(gguf.name()).of(divisors->name).fix("Convert the model again."));
  }
  return {};
}

}  // namespace

Result<ModelConfig> config_from_gguf(const Gguf& gguf) {
  LAB_TRY(auto architecture, gguf.string("general.architecture"));
  if (!architecture)
    return fail(Error{Code::kCorrupt, "the metadata lacks general.architecture"}.in(gguf.name()).of("general.architecture").fix("Check that this is a model."));
  ModelConfig c;
  if (*architecture == "llama") c.family = Family::kLlama;
  else if (*architecture == "mistral") c.family = Family::kMistral;
  else if (*architecture == "qwen2") c.family = Family::kQwen2;
  else if (*architecture == "qwen3") c.family = Family::kQwen3;
  else
    return fail(Error{Code::kUnsupported, cat("models of the architecture '", *architecture, "' are not supported")}
                    .in(gguf.name()).of("general.architecture")
                    .fix("Supported are llama, mistral, qwen2 and qwen3."));

  const Keys keys(gguf, *architecture);
  LAB_TRY(c.layers, keys.integer("block_count"));
  LAB_TRY(c.hidden, keys.integer("embedding_length"));
  LAB_TRY(c.ffn, keys.integer("feed_forward_length"));
  LAB_TRY(c.heads, keys.integer("attention.head_count"));
  LAB_TRY(c.kv_heads, keys.integer_or("attention.head_count_kv", c.heads));
  LAB_TRY(c.max_positions, keys.integer("context_length"));
  LAB_TRY(c.rms_epsilon, keys.number_or("attention.layer_norm_rms_epsilon", 1e-5));
  LAB_TRY(c.head_dim, keys.integer_or("attention.key_length", c.heads > 0 ? c.hidden / c.heads : 0));
  LAB_CHECK(check_head_size(c, gguf.name()));
  LAB_TRY(auto value_length, keys.integer_or("attention.value_length", c.head_dim));
  if (value_length != c.head_dim)
    return fail(Error{Code::kUnsupported, "value heads of another size than key heads are not supported"}.in(gguf.name()).of(cat(*architecture, ".attention.value_length"))
                    .fix("Take a model of another architecture."));
  LAB_TRY(auto experts, keys.integer_or("expert_count", 0));
  if (experts > 0)
    return fail(Error{Code::kUnsupported, cat("this is a mixture of ", experts, " experts, which is not supported")}
                    .in(gguf.name()).fix("Take a dense model."));
  LAB_TRY(auto window, keys.integer_or("attention.sliding_window", 0));

  const GgufTensor* embedding = gguf.tensor("token_embd.weight");
  if (embedding == nullptr || embedding->view.shape.size() != 2)
    return fail(Error{Code::kNotFound, "the file holds no token_embd.weight matrix: it has no model weights"}.in(gguf.name())
                    .of("token_embd.weight").fix("Take a file that holds a model, not only a vocabulary."));
  c.vocab = static_cast<std::int64_t>(embedding->view.shape[0]);
  c.tied_head = gguf.tensor("output.weight") == nullptr;
  c.qkv_bias = gguf.tensor("blk.0.attn_q.bias") != nullptr;
  c.out_bias = gguf.tensor("blk.0.attn_output.bias") != nullptr;
  c.mlp_bias = gguf.tensor("blk.0.ffn_down.bias") != nullptr;
  c.qk_norm = gguf.tensor("blk.0.attn_q_norm.weight") != nullptr;
  // llama.cpp's converter reorders q and k rows for its llama graph, which rotates neighbours.
  c.permuted_qk = c.family == Family::kLlama || c.family == Family::kMistral;
  c.rope_pairs = c.permuted_qk ? RopePairs::kNeighbours : RopePairs::kHalves;
  LAB_CHECK(read_rope(gguf, keys, c));
  LAB_CHECK(check_config(c, gguf.name()));
  c.windows.assign(static_cast<std::size_t>(c.layers), window > 0 ? window : 0);
  return c;
}

}  // namespace lab
