#include "kernels/cross_entropy/cross_entropy.h"

#include <algorithm>
#include <cmath>
#include <limits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cross_entropy/cross_entropy.cc"
#include "kernels/simd.h"

#include "kernels/exp/exp-inl.h"
#include "kernels/lanes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lab::kernels::HWY_NAMESPACE {

/// Exponentials that are added in single precision before the sum goes on in double.
inline constexpr std::int64_t kPartialSum = 4096;

inline float row_max(const float* x, std::int64_t count) {
  FloatVec a = splat(x[0]), b = a;
  std::int64_t i = 0;
  for (; i + 2 * kLanes <= count; i += 2 * kLanes) {
    a = hn::Max(a, hn::LoadU(kFloats, x + i));
    b = hn::Max(b, hn::LoadU(kFloats, x + i + kLanes));
  }
  float largest = lane_max(hn::Max(a, b));
  for (; i < count; ++i) largest = std::max(largest, x[i]);
  return largest;
}

/// Sum of exp(x - largest); with kStore these replace x.
template <bool kStore>
HWY_INLINE double sum_of_exponentials(float* x, std::int64_t count, float largest) {
  double total = 0;
  for (std::int64_t begin = 0; begin < count; begin += kPartialSum) {
    FloatVec sum = hn::Zero(kFloats);
    for_vectors(begin, std::min(count, begin + kPartialSum), [&](std::int64_t i,
                                                                 auto lanes) HWY_ATTR {
      const FloatVec e = exp(hn::Sub(lanes.load(x + i), splat(largest)));
      if constexpr (kStore) lanes.store(e, x + i);
      sum = hn::Add(sum, lanes.others(e, 0.0f));
    });
    total += static_cast<double>(lane_sum(sum));
  }
  return total;
}

inline void cross_entropy_row(const CrossEntropy& p, std::int64_t row) {
  float* x = p.logits + row * p.vocab;
  const std::int64_t target = p.targets[row];
  if (target < 0) {
    p.loss[row] = 0;
    if (p.gradient) std::fill(x, x + p.vocab, 0.0f);
    return;
  }
  const float largest = row_max(x, p.vocab), of_target = x[target];
  const double above_target = static_cast<double>(largest) - static_cast<double>(of_target);
  const double wanted = std::exp(-above_target);
  // The target is left out of the sum: where its probability is near 1, both the loss and its
  // gradient are what the others have, and would lose their digits beside a 1.
  x[target] = -std::numeric_limits<float>::infinity();
  const double others = p.gradient ? sum_of_exponentials<true>(x, p.vocab, largest)
                                   : sum_of_exponentials<false>(x, p.vocab, largest);
  p.loss[row] = static_cast<float>(wanted > others ? std::log1p(others / wanted)
                                                   : std::log(wanted + others) + above_target);
  x[target] = of_target;
  if (!p.gradient) return;
  const double factor = static_cast<double>(p.gradient_scale) / (wanted + others);
  for_vectors(0, p.vocab, [&](std::int64_t i, auto lanes) HWY_ATTR {
    lanes.store(hn::Mul(lanes.load(x + i), splat(static_cast<float>(factor))), x + i);
  });
  x[target] = static_cast<float>(-others * factor);
}

void run_cross_entropy(const CrossEntropy& p, ThreadPool& pool) {
  if (p.vocab <= 0) return;
  pool.for_chunks(p.rows, [&](std::int64_t row, int) HWY_ATTR { cross_entropy_row(p, row); });
}

}  // namespace lab::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lab::kernels {

void cross_entropy(const CrossEntropy& problem, ThreadPool& pool) {
  LAB_DISPATCH(run_cross_entropy)(problem, pool);
}

}  // namespace lab::kernels
#endif
