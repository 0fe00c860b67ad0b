// AdapterPlan: the list of low-rank pairs of an adapter and where each lies in one flat array.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "adapter/lora_config.h"
#include "base/result.h"
#include "model/model.h"

namespace lab {

/// One pair: the module it sits on and its sizes.
struct PairPlan {
  enum class Place : std::uint8_t { kSlot, kHead, kEmbedding };
  Place place = Place::kSlot;
  std::int64_t layer = 0;            ///< kSlot
  Slot slot = Slot::kQ;              ///< kSlot
  std::string module;                ///< "model.layers.0.self_attn.q_proj"
  std::int64_t in = 0, out = 0;      ///< of an embedding: vocab, hidden
  std::int64_t rank = 0;
  double alpha = 0, scale = 0;
  bool dora = false;

  std::int64_t a_count() const { return rank * in; }
  std::int64_t b_count() const { return out * rank; }
  std::int64_t count() const { return a_count() + b_count() + (dora ? out : 0); }
};

/// The flat array holds the pairs in this order, each A, B, then the magnitude.
struct AdapterPlan {
  std::vector<PairPlan> pairs;
  std::int64_t parameters() const;
};

/// Scale of a pair: alpha / rank, or alpha / sqrt(rank) (rsLoRA, arXiv 2312.03732).
double pair_scale(double alpha, std::int64_t rank, bool rslora);

/// Every linear module of the model as a pair without rank: what can be targeted.
std::vector<PairPlan> linear_modules(const ModelConfig& config);

/// kBadArgument if the rank is outside 1..4096, or the targets match nothing or are no regular
/// expression; kUnsupported for DoRA on an embedding.
Result<AdapterPlan> plan_adapter(const ModelConfig& config, const LoraConfig& lora);

/// Points the model's pairs into `params` (and `grads`, if not empty), laid out as `plan` says.
/// DoRA's norms go to `norms`, one after another in plan order; see norm_count().
void attach_adapter(Model& model, const AdapterPlan& plan, Reals params, Reals grads, Reals norms);
std::int64_t norm_count(const AdapterPlan& plan);

/// DoRA divides by ||W + scale B A||: computes the norms again from the current A and B.
void refresh_norms(Device& device, const Model& model, const AdapterPlan& plan);

}  // namespace lab
