#include "kernels/adamw/adamw.h"

#include <cmath>

#include "kernels/chunks.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/adamw/adamw.cc"
#include "kernels/simd.h"

#include "kernels/lanes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lab::kernels::HWY_NAMESPACE {

void run_adamw(const AdamW& p, ThreadPool& pool) {
  const double steps = static_cast<double>(p.step);
  const float keep = static_cast<float>(1.0 - p.lr * p.weight_decay);
  const float step_size = static_cast<float>(p.lr / (1.0 - std::pow(p.beta1, steps)));
  const float root_correction = static_cast<float>(std::sqrt(1.0 - std::pow(p.beta2, steps)));
  const float new_m = static_cast<float>(1.0 - p.beta1), new_v = static_cast<float>(1.0 - p.beta2);
  const float beta2 = static_cast<float>(p.beta2), eps = static_cast<float>(p.eps);
  for_ranges(pool, p.count, kChunkFloats, [&](std::int64_t begin, std::int64_t end) HWY_ATTR {
    for_vectors(begin, end, [&](std::int64_t i, auto lanes) HWY_ATTR {
      const FloatVec g = hn::Mul(lanes.load(p.grads + i), splat(p.factor));
      const FloatVec old_m = lanes.load(p.m + i);
      const FloatVec m = hn::MulAdd(splat(new_m), hn::Sub(g, old_m), old_m);
      const FloatVec v = hn::MulAdd(hn::Mul(splat(new_v), g), g,
                               hn::Mul(splat(beta2), lanes.load(p.v + i)));
      lanes.store(m, p.m + i);
      lanes.store(v, p.v + i);
      const FloatVec denominator =
          hn::Add(hn::Div(hn::Sqrt(v), splat(root_correction)), splat(eps));
      const FloatVec decayed = hn::Mul(lanes.load(p.params + i), splat(keep));
      const FloatVec step = hn::Mul(splat(step_size), hn::Div(m, denominator));
      lanes.store(hn::Sub(decayed, step), p.params + i);
    });
  });
}

}  // namespace lab::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lab::kernels {

void adamw(const AdamW& problem, ThreadPool& pool) { LAB_DISPATCH(run_adamw)(problem, pool); }

}  // namespace lab::kernels
#endif
