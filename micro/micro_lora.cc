#include "micro_lora.h"

#include <algorithm>

#include "strict.h"

namespace microlora {

MicroLoraConfig MicroLoraConfig::for_hidden_dim(std::uint32_t dim) {
  MicroLoraConfig config;
  config.in_features = config.out_features = dim;
  return config;
}
MicroLoraConfig MicroLoraConfig::with_rank(std::uint32_t wanted) && {
  rank = std::clamp(wanted, 1u, 2u);
  return std::move(*this);
}
MicroLoraConfig MicroLoraConfig::with_alpha(float wanted) && {
  alpha = wanted;
  return std::move(*this);
}
MicroLoraConfig MicroLoraConfig::with_targets(std::vector<TargetModule> targets) && {
  target_modules = std::move(targets);
  return std::move(*this);
}
std::size_t MicroLoraConfig::memory_bytes() const {
  return (std::size_t{in_features} * rank + std::size_t{rank} * out_features) *
         target_modules.size() * sizeof(float);
}

AdaptFeedback AdaptFeedback::from_quality(float quality) {
  return {.quality = quality, .reward = quality};
}
AdaptFeedback AdaptFeedback::with_gradient(float quality, std::vector<float> gradient) {
  return {.quality = quality, .gradient_estimate = std::move(gradient), .reward = quality};
}
AdaptFeedback AdaptFeedback::for_module(TargetModule module) && {
  source_module = module;
  return std::move(*this);
}
AdaptFeedback AdaptFeedback::with_session(std::string id) && {
  session_id = std::move(id);
  return std::move(*this);
}

Result<MicroLora> MicroLora::make(const MicroLoraConfig& config) {
  return with_dimensions(config, {});
}

Result<MicroLora> MicroLora::with_dimensions(const MicroLoraConfig& config,
                                             const Dimensions& dimensions) {
  if (!(config.clip > 0))
    return std::unexpected(Error{Status::kRange, "clip: expected a number above 0"});
  MicroLora lora;
  lora.config_ = config;
  for (TargetModule module : config.target_modules) {
    const auto found = dimensions.find(module);
    const auto [in, out] = found == dimensions.end()
                               ? std::pair{config.in_features, config.out_features}
                               : found->second;
    // Modules of the same shape must not explore in step.
    auto adapter = LoraAdapter::make(in, out, config.rank, config.alpha,
                                     config.seed + static_cast<std::uint8_t>(module));
    if (!adapter) return std::unexpected(adapter.error());
    lora.adapters_.insert_or_assign(module, *std::move(adapter));
  }
  return lora;
}

Result<void> MicroLora::adapt(std::span<const float> x, const AdaptFeedback& feedback) {
  if (!enabled_ || feedback.quality < 0) return {};
  const float quality = std::min(feedback.quality, 1.0f),
              reward = feedback.reward.value_or(feedback.quality);
  if (!finite(feedback.quality) || !finite(reward))
    return std::unexpected(describe(Status::kNotFinite, "quality"));
  const std::vector<float>& g = feedback.gradient_estimate;
  std::vector<FeedbackAdapter*> chosen;
  for (auto& [module, adapter] : adapters_) {
    if (feedback.source_module && *feedback.source_module != module) continue;
    FeedbackAdapter& core = adapter.core();
    if (g.empty()) {
      if (auto r = need("input", adapter.in_features(), x.size()); !r) return r;
      copy(core.x, x.data(), x.size());
      if (!finite(dot(core.x, core.x, core.in_stride)))
        return std::unexpected(describe(Status::kNotFinite, "input"));
    } else {
      if (auto r = adapter.load_buffers(x, g); !r) return r;
      Factors factors;
      const Status s = gradient_factors(core, core.x, core.y, reward, kNoClip, factors);
      if (s != Status::kOk) return std::unexpected(describe(s, "gradient"));
    }
    chosen.push_back(&core);
  }
  for (FeedbackAdapter* core : chosen) {
    const Status s = g.empty() ? core->feed(core->x, quality)
                               : core->feed(core->x, quality, core->y, reward, config_.clip);
    if (s != Status::kOk) return std::unexpected(describe(s, "feedback"));
  }
  ++adaptations_;
  return {};
}

void MicroLora::apply_updates(float lr) {
  for (auto& [module, adapter] : adapters_) adapter.core().apply_updates(lr);
}

Result<void> MicroLora::apply_updates_with_ewc(
    float lr, const std::map<TargetModule, Owned<EwcState>>& states, float lambda) {
  for (auto& [module, adapter] : adapters_) {
    if (const auto state = states.find(module); state != states.end()) {
      if (auto r = adapter.apply_gradients_with_ewc(lr, *state->second, lambda); !r) return r;
    }
    adapter.core().apply_updates(lr);
  }
  return {};
}

Result<void> MicroLora::forward(std::span<const float> x, TargetModule module,
                                std::span<float> y) const {
  const auto found = adapters_.find(module);
  if (enabled_) ++forwards_;
  if (enabled_ && found != adapters_.end()) return found->second.forward(x, y);
  std::ranges::fill(y, 0.0f);
  return {};
}

Result<void> MicroLora::forward_add(std::span<const float> x, TargetModule module,
                                    std::span<float> y) const {
  const auto found = adapters_.find(module);
  if (!enabled_) return {};
  ++forwards_;
  return found == adapters_.end() ? Result<void>{} : found->second.forward_add(x, y);
}

Result<void> MicroLora::merge_into_base(TargetModule module, std::span<float> w) const {
  const auto found = adapters_.find(module);
  return found == adapters_.end() ? Result<void>{} : found->second.merge_into(w);
}

MicroLoraState MicroLora::export_state() const {
  MicroLoraState state{config_, {}, adaptations_};
  for (const auto& [module, adapter] : adapters_)
    state.adapters.emplace(module, adapter.export_state());
  return state;
}

Result<MicroLora> MicroLora::from_state(const MicroLoraState& state) {
  MicroLora lora;
  lora.config_ = state.config;
  lora.adaptations_ = state.adaptations;
  for (const auto& [module, saved] : state.adapters) {
    if (saved.rank != state.config.rank) {
      return std::unexpected(Error{Status::kShape, std::string(name_of(module)) +
                                                       ": expected rank " +
                                                       std::to_string(state.config.rank) +
                                                       ", got " + std::to_string(saved.rank)});
    }
    auto adapter = LoraAdapter::from_state(saved);
    if (!adapter) return std::unexpected(adapter.error());
    lora.adapters_.emplace(module, *std::move(adapter));
  }
  return lora;
}

std::size_t MicroLora::param_count() const {
  std::size_t total = 0;
  for (const auto& [module, adapter] : adapters_) total += adapter.param_count();
  return total;
}

LoraAdapter* MicroLora::adapter(TargetModule module) {
  const auto found = adapters_.find(module);
  return found == adapters_.end() ? nullptr : &found->second;
}

void MicroLora::reset() {
  for (auto& [module, adapter] : adapters_) adapter.reset();
  adaptations_ = forwards_ = 0;
}

}  // namespace microlora
