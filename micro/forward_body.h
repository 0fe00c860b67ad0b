// The body of the forward pass, compiled once for each instruction set.
//
// The including file sets MICROLORA_ISA (a namespace of its own, so that no two bodies can be mixed
// up by the linker) and MICROLORA_UNROLL, the number of independent vector sums a row needs to hide
// the latency of an addition. Two rows are read at a time: each vector of x is then used twice.
#include "forward.h"
#include "simd.h"

namespace microlora::MICROLORA_ISA {
namespace {

void project(const float* a, std::size_t n, const float* x, float* low, float* keep) {
  constexpr std::size_t kUnroll = MICROLORA_UNROLL;
  const float* b = a + n;
  F16 first[kUnroll] = {}, second[kUnroll] = {};
  std::size_t i = 0;
  if (keep) {  // a loop of its own: the copy then costs one store a vector and no branch
    for (; i < n; i += kLanes) {
      const F16 v = load16(x + i);
      store16(keep + i, v);
      first[0] += v * load16(a + i);
      second[0] += v * load16(b + i);
    }
  }
  for (; i + kUnroll * kLanes <= n; i += kUnroll * kLanes) {
    for (std::size_t u = 0; u < kUnroll; ++u) {
      const F16 v = load16(x + i + u * kLanes);
      first[u] += v * load16(a + i + u * kLanes);
      second[u] += v * load16(b + i + u * kLanes);
    }
  }
  if constexpr (kUnroll > 1) {
    for (; i < n; i += kLanes) {
      const F16 v = load16(x + i);
      first[0] += v * load16(a + i);
      second[0] += v * load16(b + i);
    }
    for (std::size_t u = 1; u < kUnroll; ++u) {
      first[0] += first[u];
      second[0] += second[u];
    }
  }
  low[0] = sum(first[0]);
  low[1] = sum(second[0]);
}

}  // namespace

bool forward(const Weights& w, const float* x, float* y, Into into, float* keep) {
  float low[16];
  float check = 0;
  for (std::size_t k = 0; k < w.rows; k += 2) {
    project(w.a + k * w.in_stride, w.in_stride, x, low + k, k ? nullptr : keep);
    low[k] *= w.scale;
    low[k + 1] *= w.scale;
    check += low[k] * 0.0f + low[k + 1] * 0.0f;  // NaN as soon as one of them is not finite
  }
  if (!finite(check)) return false;

  const float* base = into == Into::kResidual ? x : into == Into::kAdd ? y : nullptr;
  for (std::size_t k = 0; k < w.rows; k += 2, base = y) {
    const float* first = w.b + k * w.out_stride;
    const float* second = first + w.out_stride;
    const F16 c = splat16(low[k]), d = splat16(low[k + 1]);
    if (base) {
      for (std::size_t i = 0; i < w.out_stride; i += kLanes) {
        store16(y + i, load16(base + i) + (c * load16(first + i) + d * load16(second + i)));
      }
    } else {
      for (std::size_t i = 0; i < w.out_stride; i += kLanes) {
        store16(y + i, c * load16(first + i) + d * load16(second + i));
      }
    }
  }
  return true;
}

}  // namespace microlora::MICROLORA_ISA
