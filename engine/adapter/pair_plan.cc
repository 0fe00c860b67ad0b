#include "adapter/pair_plan.h"

#include <algorithm>
#include <cmath>

#include "adapter/module_match.h"
#include "base/cat.h"

namespace lab {
namespace {

/// The pair that a plan entry describes, in either a const or a mutable model.
template <class AnyModel>
auto& pair_of(AnyModel& model, const PairPlan& plan) {
  switch (plan.place) {
    case PairPlan::Place::kHead: return model.head.pair;
    case PairPlan::Place::kEmbedding: return model.embedding_pair;
    case PairPlan::Place::kSlot: break;
  }
  return model.layers[static_cast<std::size_t>(plan.layer)][plan.slot].pair;
}

const Weight& weight_of(const Model& model, const PairPlan& plan) {
  return plan.place == PairPlan::Place::kHead ? model.head.weight
                                              : model.layers[static_cast<std::size_t>(plan.layer)][plan.slot].weight;
}

}  // namespace

std::int64_t AdapterPlan::parameters() const {
  std::int64_t total = 0;
  for (const PairPlan& pair : pairs) total += pair.count();
  return total;
}

double pair_scale(double alpha, std::int64_t rank, bool rslora) {
  const double r = static_cast<double>(rank);
  return alpha / (rslora ? std::sqrt(r) : r);
}

std::vector<PairPlan> linear_modules(const ModelConfig& config) {
  std::vector<PairPlan> modules;
  PairPlan embedding;
  embedding.place = PairPlan::Place::kEmbedding;
  embedding.module = kEmbeddingPath;
  embedding.in = config.vocab;
  embedding.out = config.hidden;
  modules.push_back(embedding);
  for (std::int64_t layer = 0; layer < config.layers; ++layer) {
    for (int s = 0; s < kSlots; ++s) {
      PairPlan pair;
      pair.layer = layer;
      pair.slot = static_cast<Slot>(s);
      pair.module = module_path(layer, pair.slot);
      const auto [out, in] = slot_shape(config, pair.slot);
      pair.in = in;
      pair.out = out;
      modules.push_back(pair);
    }
  }
  PairPlan head;
  head.place = PairPlan::Place::kHead;
  head.module = kHeadPath;
  head.in = config.hidden;
  head.out = config.vocab;
  modules.push_back(head);
  return modules;
}

Result<AdapterPlan> plan_adapter(const ModelConfig& config, const LoraConfig& lora) {
  LAB_TRY(const ModuleMatch targets, ModuleMatch::targets(lora.targets));
  LAB_TRY(const auto ranks, PatternValues<std::int64_t>::compile(lora.rank_pattern));
  LAB_TRY(const auto alphas, PatternValues<double>::compile(lora.alpha_pattern));
  AdapterPlan plan;
  for (PairPlan pair : linear_modules(config)) {
    const bool slot = pair.place == PairPlan::Place::kSlot;
    LAB_TRY(const bool wanted, targets.matches(pair.module, slot));
    if (!wanted) continue;
    LAB_TRY(pair.rank, ranks.value(pair.module, lora.rank));
    LAB_TRY(pair.alpha, alphas.value(pair.module, lora.alpha));
    if (pair.rank < 1 || pair.rank > 4096)
      return fail(Error{Code::kBadArgument, cat("the rank ", pair.rank, " is outside 1 to 4096")}.of(pair.module)
                      .fix("Ranks of 4 to 64 are usual."));
    if (!std::isfinite(pair.alpha))
      return fail(Error{Code::kBadArgument, "alpha is not a finite number"}.of(pair.module));
    if (lora.dora && pair.place == PairPlan::Place::kEmbedding)
      return fail(Error{Code::kUnsupported, "DoRA on the embedding is not supported"}.of(pair.module)
                      .fix("Leave embed_tokens out of the targets, or take plain LoRA."));
    pair.dora = lora.dora;
    pair.scale = pair_scale(pair.alpha, pair.rank, lora.rslora);
    plan.pairs.push_back(std::move(pair));
  }
  if (plan.pairs.empty())
    return fail(Error{Code::kBadArgument, "the targets match no module of this model"}.of("target_modules")
                    .fix("Modules are called q_proj, k_proj, v_proj, o_proj, gate_proj, up_proj, down_proj, embed_tokens and lm_head."));
  return plan;
}

void attach_adapter(Model& model, const AdapterPlan& plan, Reals params, Reals grads, Reals norms) {
  std::int64_t at = 0, norm_at = 0;
  for (const PairPlan& p : plan.pairs) {
    Pair pair;
    pair.rank = p.rank;
    pair.scale = p.scale;
    auto take = [&](std::int64_t count, Reals& value, Reals& gradient) {
      value = params.slice(at, count);
      if (grads) gradient = grads.slice(at, count);
      at += count;
    };
    take(p.a_count(), pair.a, pair.d_a);
    take(p.b_count(), pair.b, pair.d_b);
    if (p.dora) {
      take(p.out, pair.magnitude, pair.d_magnitude);
      pair.norm = norms.slice(norm_at, p.out);
      norm_at += p.out;
    }
    pair_of(model, p) = pair;
  }
}

std::int64_t norm_count(const AdapterPlan& plan) {
  std::int64_t total = 0;
  for (const PairPlan& pair : plan.pairs)
    if (pair.dora) total += pair.out;
  return total;
}

void refresh_norms(Device& device, const Model& model, const AdapterPlan& plan) {
  for (const PairPlan& p : plan.pairs) {
    if (!p.dora) continue;
    const Pair& pair = pair_of(model, p);
    device.low_rank_norms({weight_of(model, p), pair.rank, pair.scale, pair.a, pair.b, pair.norm});
  }
}

}  // namespace lab
