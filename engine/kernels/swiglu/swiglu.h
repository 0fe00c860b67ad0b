// silu(gate) * up, what gated feed-forward layers compute (arXiv 2002.05202), and its gradient.
#pragma once

#include <cstdint>

#include "base/thread_pool.h"

namespace lab::kernels {

/// act = gate * logistic(gate) * up. act may be gate or up.
void swiglu(const float* gate, const float* up, float* act, std::int64_t count, ThreadPool& pool);

/// With s = logistic(gate): d_up = d_act gate s, d_gate = d_act up s (1 + gate (1 - s)).
/// Any of the outputs may be any of the inputs.
struct SwigluGradient {
  std::int64_t count = 0;
  const float *gate = nullptr, *up = nullptr, *d_act = nullptr;
  float *d_gate = nullptr, *d_up = nullptr;
};
void swiglu_gradient(const SwigluGradient& problem, ThreadPool& pool);

}  // namespace lab::kernels
