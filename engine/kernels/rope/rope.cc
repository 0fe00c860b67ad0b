#include "kernels/rope/rope.h"

#include "kernels/chunks.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/rope/rope.cc"
#include "kernels/simd.h"

#include "kernels/lanes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lab::kernels::HWY_NAMESPACE {

inline void rotate_halves(const float* cosines, const float* sines, float sign, float* x,
                          std::int64_t half) {
  for_vectors(0, half, [&](std::int64_t i, auto lanes) HWY_ATTR {
    const FloatVec c = lanes.load(cosines + i), s = hn::Mul(lanes.load(sines + i), splat(sign));
    const FloatVec a = lanes.load(x + i), b = lanes.load(x + half + i);
    lanes.store(hn::NegMulAdd(b, s, hn::Mul(a, c)), x + i);
    lanes.store(hn::MulAdd(a, s, hn::Mul(b, c)), x + half + i);
  });
}

inline void rotate_neighbours(const float* cosines, const float* sines, float sign, float* x,
                              std::int64_t half) {
  std::int64_t i = 0;
  for (; i + kLanes <= half; i += kLanes) {
    const FloatVec c = hn::LoadU(kFloats, cosines + i);
    const FloatVec s = hn::Mul(hn::LoadU(kFloats, sines + i), splat(sign));
    FloatVec a, b;
    hn::LoadInterleaved2(kFloats, x + 2 * i, a, b);
    hn::StoreInterleaved2(hn::NegMulAdd(b, s, hn::Mul(a, c)), hn::MulAdd(a, s, hn::Mul(b, c)),
                          kFloats, x + 2 * i);
  }
  for (; i < half; ++i) {
    const float c = cosines[i], s = sines[i] * sign, a = x[2 * i], b = x[2 * i + 1];
    x[2 * i] = a * c - b * s;
    x[2 * i + 1] = b * c + a * s;
  }
}

void run_rope(const Rope& p, ThreadPool& pool) {
  const std::int64_t width = p.heads * p.head_dim, half = p.rotary / 2;
  const float sign = p.inverse ? -1.0f : 1.0f;
  for_ranges(pool, p.tokens, rows_per_chunk(width), [&](std::int64_t begin,
                                                        std::int64_t end) HWY_ATTR {
    for (std::int64_t t = begin; t < end; ++t) {
      const float* cosines = p.cosines + p.positions[t] * half;
      const float* sines = p.sines + p.positions[t] * half;
      for (std::int64_t head = 0; head < p.heads; ++head) {
        float* x = p.x + t * width + head * p.head_dim;
        if (p.neighbours) rotate_neighbours(cosines, sines, sign, x, half);
        else rotate_halves(cosines, sines, sign, x, half);
      }
    }
  });
}

}  // namespace lab::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lab::kernels {

void rope(const Rope& problem, ThreadPool& pool) { LAB_DISPATCH(run_rope)(problem, pool); }

}  // namespace lab::kernels
#endif
