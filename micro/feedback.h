// FeedbackAdapter: a delta map that gathers feedback and applies it in batches.
#pragma once

#include "explorer.h"
#include "gradient.h"

namespace microlora {

struct FeedbackConfig {
  Shape shape{};
  float alpha = 4;  ///< scale = alpha / rank
  std::uint64_t seed = 0;
  bool valid() const;
};

/// Feedback is a quality in [0, 1] alone, or with a loss gradient at the output. Inputs, outputs
/// and gradients are padded with zeros.
struct FeedbackAdapter : Adapter {
  void lay_out(Arena& arena, const FeedbackConfig& config);
  void reset();

  /// Scores the output that was served for x; the explorer learns from it.
  Status feed(const float* x, float quality, float weight = 1);
  /// Adds weight * gradient for g = dL/dy, scaled down to the length `clip` if longer.
  Status feed(const float* x, float quality, const float* g, float weight, float clip);

  void apply_updates(float lr);
  std::uint32_t pending() const { return gradient.count + counts.scores; }

  // The order of all fields up to the explorer's state is part of the WebAssembly interface.
  struct Counts {
    double quality_sum;
    std::uint32_t samples_seen;
    std::uint32_t scores;  ///< quality-only feedback since the last update
  } counts;
  Gradient gradient;
  Explorer explorer;
  float *x, *y;  ///< an input and an output, for the caller's use
};

}  // namespace microlora
