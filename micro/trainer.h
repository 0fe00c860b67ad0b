// Trainer: fits a map to pairs of input and target, one step a call.
#pragma once

#include "gradient.h"

namespace microlora {

struct TrainerConfig {
  Shape shape{};
  float alpha = 1, learning_rate = 0.001f, dropout = 0, init_scale = 0.01f;
  std::uint32_t adam = 0;      ///< 1: Adam (AMSGrad), 0: plain gradient descent
  std::uint32_t has_base = 0;  ///< 1: room for W0
  std::uint64_t seed = 0;
  bool valid() const;
};

/// predict(x) = x W0 + alpha (x A) B, with W0 [in][out] frozen, zero when absent.
/// loss = mean over outputs (and examples) of (predict(x) - target)^2; the step follows its
/// gradient. Inputs, targets and outputs are padded with zeros.
struct Trainer : Adapter {
  void lay_out(Arena& arena, const TrainerConfig& config);
  void reset();  ///< weights, moments, step and random numbers as in the beginning; W0 stays

  /// kNotFinite leaves y undefined.
  Status predict(const float* x, float* y) const;

  /// Adds the gradient of one example. Dropout (inverted: what is kept is scaled up) applies to the
  /// adapter's input in here only. kNotFinite forgets all that was gathered.
  Status gather(const float* x, const float* target);
  /// One step along the mean of the gathered gradients; returns the mean loss before it, 0 for
  /// none.
  float step();
  void forget();  ///< drops what was gathered

  // The order of the fields up to `base` is part of the WebAssembly interface.
  TrainerConfig config;
  std::uint64_t steps, examples;
  float* moments;  ///< Adam's two, each like A and B in a row; null without Adam
  float*
      base;  ///< W0, [in][out_stride], null if absent; the caller fills it, finite and zero-padded
  float *x, *y;  ///< an input and an output, for the caller's use

  /// Floats of A and B together. From `a` on they lie in a row, followed by the moments.
  std::size_t state_size() const { return a_size() + b_size(); }

 private:
  void apply_base(const float* input, float* output) const;
  void step_adam();

  Gradient gradient_;
  float *dropped_, *error_;
  float loss_sum_;
};

}  // namespace microlora
