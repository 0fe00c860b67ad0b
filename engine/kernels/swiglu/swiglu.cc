#include "kernels/swiglu/swiglu.h"

#include "kernels/chunks.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/swiglu/swiglu.cc"
#include "kernels/simd.h"

#include "kernels/exp/exp-inl.h"
#include "kernels/lanes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lab::kernels::HWY_NAMESPACE {

void run_swiglu(const float* gate, const float* up, float* act, std::int64_t count,
                ThreadPool& pool) {
  for_ranges(pool, count, kChunkFloats, [&](std::int64_t begin, std::int64_t end) HWY_ATTR {
    for_vectors(begin, end, [&](std::int64_t i, auto lanes) HWY_ATTR {
      const FloatVec g = lanes.load(gate + i);
      lanes.store(hn::Mul(hn::Mul(g, logistic(g)), lanes.load(up + i)), act + i);
    });
  });
}

void run_swiglu_gradient(const SwigluGradient& p, ThreadPool& pool) {
  for_ranges(pool, p.count, kChunkFloats, [&](std::int64_t begin, std::int64_t end) HWY_ATTR {
    for_vectors(begin, end, [&](std::int64_t i, auto lanes) HWY_ATTR {
      const FloatVec g = lanes.load(p.gate + i), u = lanes.load(p.up + i);
      const FloatVec d = lanes.load(p.d_act + i);
      const FloatVec s = logistic(g);
      const FloatVec ds = hn::Mul(d, s);
      const FloatVec slope = hn::MulAdd(g, hn::Sub(splat(1.0f), s), splat(1.0f));
      lanes.store(hn::Mul(hn::Mul(ds, u), slope), p.d_gate + i);
      lanes.store(hn::Mul(ds, g), p.d_up + i);
    });
  });
}

}  // namespace lab::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lab::kernels {

void swiglu(const float* gate, const float* up, float* act, std::int64_t count, ThreadPool& pool) {
  LAB_DISPATCH(run_swiglu)(gate, up, act, count, pool);
}

void swiglu_gradient(const SwigluGradient& problem, ThreadPool& pool) {
  LAB_DISPATCH(run_swiglu_gradient)(problem, pool);
}

}  // namespace lab::kernels
#endif
