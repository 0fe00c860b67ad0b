#include "model/config_to_gguf.h"

#include <algorithm>

#include "base/cat.h"

namespace lab {
namespace {

Status add_rope(const RopeScaling& rope, const std::string& prefix, GgufMetadata& metadata) {
  auto number = [&](std::string_view key, double value) { metadata.emplace_back(cat(prefix, key), gguf_f32(static_cast<float>(value))); };
  metadata.emplace_back(cat(prefix, "dimension_count"), gguf_u32(static_cast<std::uint32_t>(rope.rotary)));
  number("freq_base", rope.theta);
  if (rope.kind == RopeKind::kDynamic) return gguf_cannot_say("dynamic rope scaling", "rope_scaling");
  if (rope.kind != RopeKind::kLinear && rope.kind != RopeKind::kYarn) return {};  // Llama 3's are a tensor
  const RopeScaling usual;
  if (rope.beta_fast != usual.beta_fast || rope.beta_slow != usual.beta_slow || rope.mscale != 0 || rope.mscale_all_dim != 0 || !rope.truncate)
    return gguf_cannot_say("this variant of yarn", "rope_scaling");
  metadata.emplace_back(cat(prefix, "scaling.type"), gguf_string(rope.kind == RopeKind::kYarn ? "yarn" : "linear"));
  number("scaling.factor", rope.factor);
  if (rope.kind == RopeKind::kLinear) return {};
  metadata.emplace_back(cat(prefix, "scaling.original_context_length"), gguf_u32(static_cast<std::uint32_t>(rope.original_positions)));
  if (rope.attention_factor > 0) number("scaling.attn_factor", rope.attention_factor);
  return {};
}

}  // namespace

std::string_view gguf_architecture(Family family) { return family == Family::kMistral ? "llama" : family_name(family); }

bool rotates_neighbours_in_gguf(Family family) { return family == Family::kLlama || family == Family::kMistral; }

Result<GgufMetadata> config_to_gguf(const ModelConfig& c) {
  const std::string_view architecture = gguf_architecture(c.family);
  GgufMetadata metadata = {{"general.architecture", gguf_string(architecture)}};
  auto count = [&](std::string_view key, std::int64_t value) {
    metadata.emplace_back(cat(architecture, ".", key), gguf_u32(static_cast<std::uint32_t>(value)));
  };
  count("block_count", c.layers);
  count("context_length", c.max_positions);
  count("embedding_length", c.hidden);
  count("feed_forward_length", c.ffn);
  count("vocab_size", c.vocab);
  count("attention.head_count", c.heads);
  count("attention.head_count_kv", c.kv_heads);
  count("attention.key_length", c.head_dim);
  count("attention.value_length", c.head_dim);
  metadata.emplace_back(cat(architecture, ".attention.layer_norm_rms_epsilon"), gguf_f32(static_cast<float>(c.rms_epsilon)));
  if (std::ranges::adjacent_find(c.windows, std::not_equal_to()) != c.windows.end())
    return gguf_cannot_say("that only some layers have a sliding window", "sliding_window");
  if (!c.windows.empty() && c.windows[0] > 0) count("attention.sliding_window", c.windows[0]);
  LAB_CHECK(add_rope(c.rope, cat(architecture, ".rope."), metadata));
  return metadata;
}

std::vector<double> rope_divisors(const RopeScaling& rope) {
  if (rope.kind != RopeKind::kLlama3) return rope.divisors;
  RopeScaling plain = rope;
  plain.kind = RopeKind::kDefault;
  const auto scaled = rope_frequencies(rope, 1);
  auto divisors = rope_frequencies(plain, 1);
  for (std::size_t i = 0; i < divisors.size(); ++i) divisors[i] /= scaled[i];
  return divisors;
}

}  // namespace lab
