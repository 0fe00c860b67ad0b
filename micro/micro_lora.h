// MicroLora: a set of adapters, one for each target module of a model, that adapts request by
// request.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "lora_adapter.h"
#include "target_module.h"

namespace microlora {

struct MicroLoraConfig {
  std::uint32_t rank = 2;
  float alpha = 4;
  std::vector<TargetModule> target_modules = default_modules();
  std::uint32_t in_features = 768, out_features = 768;
  float clip = 10;  ///< a gradient in a feedback is scaled down to this length if longer
  std::uint64_t seed = 0;

  static MicroLoraConfig for_hidden_dim(std::uint32_t dim);
  MicroLoraConfig with_rank(
      std::uint32_t rank) &&;  ///< clamped to 1..2; set `rank` itself for up to 16
  MicroLoraConfig with_alpha(float alpha) &&;
  MicroLoraConfig with_targets(std::vector<TargetModule> targets) &&;
  std::size_t memory_bytes() const;
};

/// What a user or a loss says about one output.
struct AdaptFeedback {
  float quality = 0;  ///< in [0, 1]; below 0 means "no feedback"
  std::vector<float> gradient_estimate =
      {};                            ///< dLoss/dOutput; empty: learn from the quality alone
  std::optional<float> reward = {};  ///< weight of the gradient
  std::uint64_t latency_us = 0;
  std::optional<TargetModule> source_module = {};  ///< empty: all modules
  std::optional<std::string> session_id = {};

  static AdaptFeedback from_quality(float quality);
  static AdaptFeedback with_gradient(float quality, std::vector<float> gradient);
  AdaptFeedback for_module(TargetModule module) &&;
  AdaptFeedback with_session(std::string id) &&;
};

struct MicroLoraState {
  MicroLoraConfig config;
  std::map<TargetModule, LoraAdapterState> adapters;
  std::uint64_t adaptations = 0;
};

class MicroLora {
 public:
  using Dimensions = std::map<TargetModule, std::pair<std::uint32_t, std::uint32_t>>;  ///< in, out

  static Result<MicroLora> make(const MicroLoraConfig& config);
  static Result<MicroLora> with_dimensions(const MicroLoraConfig& config,
                                           const Dimensions& dimensions);

  /// One feedback on the outputs served for x. Nothing while disabled or for a quality below 0. All
  /// lengths are checked before anything changes.
  Result<void> adapt(std::span<const float> x, const AdaptFeedback& feedback);
  void apply_updates(float lr);
  Result<void> apply_updates_with_ewc(float lr,
                                      const std::map<TargetModule, Owned<EwcState>>& states,
                                      float lambda);

  /// y = delta(x); zeros while disabled or for a module without adapter.
  Result<void> forward(std::span<const float> x, TargetModule module, std::span<float> y) const;
  Result<void> forward_add(std::span<const float> x, TargetModule module, std::span<float> y) const;
  Result<void> merge_into_base(TargetModule module, std::span<float> w) const;

  /// Everything, with pending feedback: the same state gives the same bytes.
  std::vector<std::uint8_t> save_bytes() const;
  static Result<MicroLora> load_bytes(std::span<const std::uint8_t> bytes);
  Result<void> save(const std::string& path) const;
  static Result<MicroLora> load(const std::string& path);
  MicroLoraState export_state() const;
  static Result<MicroLora> from_state(const MicroLoraState& state);

  const MicroLoraConfig& config() const { return config_; }
  std::uint64_t adaptation_count() const { return adaptations_; }
  std::uint64_t forward_count() const { return forwards_; }
  std::size_t param_count() const;
  std::size_t memory_bytes() const { return param_count() * sizeof(float); }
  void set_enabled(bool enabled) { enabled_ = enabled; }
  bool is_enabled() const { return enabled_; }
  LoraAdapter* adapter(TargetModule module);  ///< null if the module has none
  std::size_t adapter_count() const { return adapters_.size(); }
  void reset();

 private:
  MicroLoraConfig config_;
  std::map<TargetModule, LoraAdapter> adapters_;
  std::uint64_t adaptations_ = 0;
  mutable std::uint64_t forwards_ = 0;
  bool enabled_ = true;
};

}  // namespace microlora
