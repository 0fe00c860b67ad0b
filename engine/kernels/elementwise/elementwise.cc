#include "kernels/elementwise/elementwise.h"

#include <algorithm>

#include "kernels/chunks.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/elementwise/elementwise.cc"
#include "kernels/simd.h"

#include "kernels/lanes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lab::kernels::HWY_NAMESPACE {

void run_add(const float* from, float* to, std::int64_t count, ThreadPool& pool) {
  for_ranges(pool, count, kChunkFloats, [&](std::int64_t begin, std::int64_t end) HWY_ATTR {
    for_vectors(begin, end, [&](std::int64_t i, auto lanes) HWY_ATTR {
      lanes.store(hn::Add(lanes.load(to + i), lanes.load(from + i)), to + i);
    });
  });
}

void run_divide(const float* a, const float* b, float* quotient, std::int64_t count) {
  for_vectors(0, count, [&](std::int64_t i, auto lanes) HWY_ATTR {
    lanes.store(hn::Div(lanes.load(a + i), lanes.load(b + i)), quotient + i);
  });
}

}  // namespace lab::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lab::kernels {

void fill(float value, float* to, std::int64_t count, ThreadPool& pool) {
  for_ranges(pool, count, kChunkFloats,
             [&](std::int64_t begin, std::int64_t end) { std::fill(to + begin, to + end, value); });
}

void copy(const float* from, float* to, std::int64_t count, ThreadPool& pool) {
  for_ranges(pool, count, kChunkFloats, [&](std::int64_t begin, std::int64_t end) {
    std::copy(from + begin, from + end, to + begin);
  });
}

void add(const float* from, float* to, std::int64_t count, ThreadPool& pool) {
  LAB_DISPATCH(run_add)(from, to, count, pool);
}

void divide(const float* a, const float* b, float* quotient, std::int64_t count) {
  LAB_DISPATCH(run_divide)(a, b, quotient, count);
}

}  // namespace lab::kernels
#endif
