// Linear layers with their low-rank pair on the CPU device.
#pragma once

#include "base/thread_pool.h"
#include "device/device.h"
#include "device/precision.h"

namespace lab::cpu {

/// Outputs whose DoRA factors are in scratch at a time; wider layers go in slices.
inline constexpr std::int64_t kGainFloats = 16384;

/// What linear layers compute with. `gains` has kGainFloats, `scratch` what gemm() asks for.
struct LinearContext {
  ThreadPool& pool;
  float* scratch = nullptr;
  float* gains = nullptr;
  Precision precision = Precision::kFloat32;
};

void linear_forward(const LinearForward& op, const LinearContext& context);
void linear_backward(const LinearBackward& op, const LinearContext& context);

}  // namespace lab::cpu
