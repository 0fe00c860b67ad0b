#include "kernels/grad_norm/grad_norm.h"

#include <array>
#include <cmath>

#include "kernels/chunks.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/grad_norm/grad_norm.cc"
#include "kernels/simd.h"

#include "kernels/lanes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lab::kernels::HWY_NAMESPACE {

double run_sum_of_squares(const float* values, std::int64_t begin, std::int64_t end) {
  std::int64_t i = begin;
  double sum = 0;
#if HWY_HAVE_FLOAT64
  const hn::ScalableTag<double> d;
  const hn::Rebind<float, decltype(d)> half;
  constexpr std::int64_t kDoubles = static_cast<std::int64_t>(hn::MaxLanes(d));
  auto sum0 = hn::Zero(d), sum1 = hn::Zero(d);
  for (; i + 2 * kDoubles <= end; i += 2 * kDoubles) {
    const auto x = hn::PromoteTo(d, hn::LoadU(half, values + i));
    const auto y = hn::PromoteTo(d, hn::LoadU(half, values + i + kDoubles));
    sum0 = hn::MulAdd(x, x, sum0);
    sum1 = hn::MulAdd(y, y, sum1);
  }
  sum = hn::GetLane(hn::SumOfLanes(d, hn::Add(sum0, sum1)));
#endif
  for (; i < end; ++i) sum += static_cast<double>(values[i]) * static_cast<double>(values[i]);
  return sum;
}

}  // namespace lab::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lab::kernels {

double euclidean_norm(const float* values, std::int64_t count, ThreadPool& pool) {
  constexpr std::int64_t kPieces = 512;
  std::array<double, kPieces> sums{};
  const std::int64_t size = std::max(kChunkFloats, (count + kPieces - 1) / kPieces);
  const auto sum_of_squares = &LAB_DISPATCH(run_sum_of_squares);
  for_ranges(pool, count, size, [&](std::int64_t begin, std::int64_t end) {
    sums[static_cast<std::size_t>(begin / size)] = sum_of_squares(values, begin, end);
  });
  double sum = 0;
  for (double piece : sums) sum += piece;
  return std::sqrt(sum);
}

}  // namespace lab::kernels
#endif
