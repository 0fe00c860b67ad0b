// OnlineAdapter: a residual map that learns at once, from a gradient or from a reward, call by
// call.
#pragma once

#include "explorer.h"
#include "gradient.h"

namespace microlora {

inline constexpr std::uint32_t kOperators = 17;

struct OnlineConfig {
  std::uint32_t dim = 256, rank = 2;
  float alpha = 0.1f, learning_rate = 0.01f;
  float clip = 10;              ///< a longer gradient is scaled down to this length
  std::uint32_t ascend = 0;     ///< 1: add gradients instead of subtracting them
  std::uint32_t operators = 1;  ///< 1 or 17, see ScopedLora
  std::uint64_t seed = 0;
  bool valid() const;
};

/// y = x + alpha (x A) B. Inputs, outputs and gradients are padded with zeros.
struct OnlineAdapter : Adapter {
  void lay_out(Arena& arena, const OnlineConfig& config);
  void reset();

  /// One step along the loss gradient g at the output for x. A zero gradient is no adaptation.
  Status learn(const float* x, const float* g);

  /// Feedback on the outputs served since the last reward: any finite improvement, 0 for none.
  /// It is squeezed into (0, 1) by 1/2 + r / (2 + 2|r|) and given to the explorer.
  Status reward(const float* x, float improvement);

  OnlineConfig config;
  std::uint32_t adaptations;

 private:
  Explorer explorer_;
};

}  // namespace microlora
