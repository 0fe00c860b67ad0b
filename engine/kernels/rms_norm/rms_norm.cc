#include "kernels/rms_norm/rms_norm.h"

#include <cmath>

#include "kernels/chunks.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/rms_norm/rms_norm.cc"
#include "kernels/simd.h"

#include "kernels/lanes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lab::kernels::HWY_NAMESPACE {

/// Rows whose factors are kept on the stack while d_weight sums their columns.
inline constexpr std::int64_t kBlockRows = 256;
inline constexpr std::int64_t kBlockColumns = 64;

inline float inverse_rms(const float* x, std::int64_t cols, double eps) {
  const double mean = static_cast<double>(dot(x, x, cols)) / static_cast<double>(cols);
  return static_cast<float>(1.0 / std::sqrt(mean + eps));
}

void run_rms_norm(const RmsNorm& p, ThreadPool& pool) {
  for_ranges(pool, p.rows, rows_per_chunk(p.cols), [&](std::int64_t begin,
                                                       std::int64_t end) HWY_ATTR {
    for (std::int64_t t = begin; t < end; ++t) {
      const float* x = p.x + t * p.cols;
      float* y = p.y + t * p.cols;
      const FloatVec factor = splat(inverse_rms(x, p.cols, p.eps));
      for_vectors(0, p.cols, [&](std::int64_t j, auto lanes) HWY_ATTR {
        lanes.store(hn::Mul(hn::Mul(lanes.load(x + j), factor), lanes.load(p.weight + j)), y + j);
      });
    }
  });
}

inline void gradient_row(const RmsNormGradient& p, std::int64_t row) {
  const float* x = p.x + row * p.cols;
  const float* dy = p.dy + row * p.cols;
  float* dx = p.dx + row * p.cols;
  const float r = inverse_rms(x, p.cols, p.eps);
  FloatVec sum = hn::Zero(kFloats);
  for_vectors(0, p.cols, [&](std::int64_t j, auto lanes) HWY_ATTR {
    sum = hn::MulAdd(hn::Mul(lanes.load(dy + j), lanes.load(p.weight + j)), lanes.load(x + j), sum);
  });
  const FloatVec factor = splat(r);
  const FloatVec pull = splat(r * r * r / static_cast<float>(p.cols) * lane_sum(sum));
  for_vectors(0, p.cols, [&](std::int64_t j, auto lanes) HWY_ATTR {
    const FloatVec scaled = hn::Mul(hn::Mul(lanes.load(dy + j), lanes.load(p.weight + j)), factor);
    const FloatVec gradient = hn::NegMulAdd(lanes.load(x + j), pull, scaled);
    lanes.store(p.accumulate ? hn::Add(lanes.load(dx + j), gradient) : gradient, dx + j);
  });
}

/// d_weight of rows [first, last); before dx is written, since dy may be dx.
inline void gradient_of_weight(const RmsNormGradient& p, std::int64_t first, std::int64_t last,
                               ThreadPool& pool) {
  float factors[kBlockRows];
  for_ranges(pool, last - first, rows_per_chunk(p.cols), [&](std::int64_t begin,
                                                             std::int64_t end) HWY_ATTR {
    for (std::int64_t t = begin; t < end; ++t)
      factors[t] = inverse_rms(p.x + (first + t) * p.cols, p.cols, p.eps);
  });
  for_ranges(pool, p.cols, kBlockColumns, [&](std::int64_t begin, std::int64_t end) HWY_ATTR {
    for_vectors(begin, end, [&](std::int64_t j, auto lanes) HWY_ATTR {
      FloatVec sum = lanes.load(p.d_weight + j);
      for (std::int64_t t = first; t < last; ++t) {
        const FloatVec x = hn::Mul(lanes.load(p.x + t * p.cols + j), splat(factors[t - first]));
        sum = hn::MulAdd(lanes.load(p.dy + t * p.cols + j), x, sum);
      }
      lanes.store(sum, p.d_weight + j);
    });
  });
}

void run_rms_norm_gradient(const RmsNormGradient& p, ThreadPool& pool) {
  if (p.d_weight)
    for (std::int64_t first = 0; first < p.rows; first += kBlockRows)
      gradient_of_weight(p, first, std::min(p.rows, first + kBlockRows), pool);
  for_ranges(pool, p.rows, rows_per_chunk(p.cols), [&](std::int64_t begin,
                                                       std::int64_t end) HWY_ATTR {
    for (std::int64_t t = begin; t < end; ++t) gradient_row(p, t);
  });
}

}  // namespace lab::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lab::kernels {

void rms_norm(const RmsNorm& problem, ThreadPool& pool) {
  LAB_DISPATCH(run_rms_norm)(problem, pool);
}

void rms_norm_gradient(const RmsNormGradient& problem, ThreadPool& pool) {
  LAB_DISPATCH(run_rms_norm_gradient)(problem, pool);
}

}  // namespace lab::kernels
#endif
