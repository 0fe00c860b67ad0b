#include "model/config.h"

#include "base/cat.h"

namespace lab {

std::string_view family_name(Family family) {
  switch (family) {
    case Family::kLlama: return "llama";
    case Family::kMistral: return "mistral";
    case Family::kQwen2: return "qwen2";
    case Family::kQwen3: return "qwen3";
  }
  return "unknown";
}

constexpr std::string_view kDamaged = "The file is damaged or not a model.";

Status check_head_size(const ModelConfig& c, std::string_view source) {
  if (c.heads <= 0 || c.head_dim != c.hidden / c.heads || c.hidden % c.heads == 0) return {};
  return fail(Error{Code::kCorrupt, cat("the hidden size ", c.hidden, " is no multiple of the head count ", c.heads)}
                  .in(source).of("head count").fix(kDamaged));
}

Status check_config(const ModelConfig& c, std::string_view source) {
  // Far above any model that fits a machine of today; keeps every later product inside 63 bits.
  constexpr std::int64_t kMost = std::int64_t{1} << 24;
  constexpr std::int64_t kMostHeadDim = 256;  // what the attention kernels hold in registers and scratch
  auto refuse = [&](std::string_view field, std::int64_t value, std::string_view why) {
    return fail(Error{Code::kCorrupt, cat("the model's ", field, " is ", value, ", which ", why)}
                    .in(source).of(field).fix(kDamaged));
  };
  const std::pair<std::string_view, std::int64_t> sizes[] = {
      {"vocabulary size", c.vocab}, {"hidden size", c.hidden}, {"layer count", c.layers},
      {"head count", c.heads}, {"key-value head count", c.kv_heads}, {"head size", c.head_dim},
      {"feed-forward size", c.ffn}, {"context length", c.max_positions}};
  for (const auto& [field, value] : sizes) {
    if (value <= 0) return refuse(field, value, "is not positive");
    if (value > kMost) return refuse(field, value, "is beyond every known model");
  }
  if (c.layers > 4096) return refuse("layer count", c.layers, "is beyond every known model");
  if (c.head_dim > kMostHeadDim)
    return fail(Error{Code::kUnsupported, cat("attention heads of ", c.head_dim, " dimensions are not supported")}
                    .in(source).of("head size").fix(cat("At most ", kMostHeadDim, " are.")));
  if (c.heads % c.kv_heads != 0)
    return refuse("key-value head count", c.kv_heads, cat("does not divide the head count ", c.heads));
  if (c.rope.rotary <= 0 || c.rope.rotary % 2 != 0 || c.rope.rotary > c.head_dim)
    return refuse("rotary dimension count", c.rope.rotary, cat("does not fit heads of ", c.head_dim));
  if (!(c.rms_epsilon > 0 && c.rms_epsilon < 1))
    return fail(Error{Code::kCorrupt, "the model's norm epsilon is not between 0 and 1"}.in(source).of("norm epsilon").fix(kDamaged));
  if (!(c.rope.theta > 1.0)) return fail(Error{Code::kCorrupt, "the model's rope base is not above 1"}.in(source).of("rope base").fix(kDamaged));
  if (!(c.rope.factor > 0)) return fail(Error{Code::kCorrupt, "the model's rope scaling factor is not positive"}.in(source).of("rope scaling factor").fix(kDamaged));
  if ((c.rope.kind == RopeKind::kYarn || c.rope.kind == RopeKind::kLlama3 || c.rope.kind == RopeKind::kDynamic) &&
      c.rope.original_positions <= 0)
    return fail(Error{Code::kCorrupt, "the model's rope scaling lacks the original context length"}
                    .in(source).of("original context length").fix(kDamaged));
  return {};
}

}  // namespace lab
