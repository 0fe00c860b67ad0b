#include "kernels/column/column.h"

#include "kernels/chunks.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/column/column.cc"
#include "kernels/simd.h"

#include "kernels/lanes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lab::kernels::HWY_NAMESPACE {

/// Columns that one thread sums at a time: whole cache lines of a row.
inline constexpr std::int64_t kColumns = 64;

void run_scale_columns(std::int64_t rows, std::int64_t cols, const float* x, const float* numerator,
                       const float* denominator, float* y, ThreadPool& pool) {
  for_ranges(pool, rows, rows_per_chunk(cols), [&](std::int64_t begin, std::int64_t end) HWY_ATTR {
    for_vectors(0, cols, [&](std::int64_t j, auto lanes) HWY_ATTR {
      const FloatVec scale = hn::Div(lanes.load(numerator + j), lanes.load(denominator + j));
      for (std::int64_t t = begin; t < end; ++t)
        lanes.store(hn::Mul(lanes.load(x + t * cols + j), scale), y + t * cols + j);
    });
  });
}

void run_add_column_sums(std::int64_t rows, std::int64_t cols, const float* x, float* sums,
                         ThreadPool& pool) {
  for_ranges(pool, cols, kColumns, [&](std::int64_t begin, std::int64_t end) HWY_ATTR {
    for_vectors(begin, end, [&](std::int64_t j, auto lanes) HWY_ATTR {
      FloatVec sum = hn::Zero(kFloats);
      for (std::int64_t t = 0; t < rows; ++t) sum = hn::Add(sum, lanes.load(x + t * cols + j));
      lanes.store(hn::Add(lanes.load(sums + j), sum), sums + j);
    });
  });
}

void run_add_column_dots(std::int64_t rows, std::int64_t cols, const float* x, const float* y,
                         const float* denominator, float* sums, ThreadPool& pool) {
  for_ranges(pool, cols, kColumns, [&](std::int64_t begin, std::int64_t end) HWY_ATTR {
    for_vectors(begin, end, [&](std::int64_t j, auto lanes) HWY_ATTR {
      FloatVec sum = hn::Zero(kFloats);
      for (std::int64_t t = 0; t < rows; ++t)
        sum = hn::MulAdd(lanes.load(x + t * cols + j), lanes.load(y + t * cols + j), sum);
      sum = hn::Div(sum, lanes.load(denominator + j));
      lanes.store(hn::Add(lanes.load(sums + j), sum), sums + j);
    });
  });
}

}  // namespace lab::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lab::kernels {

void scale_columns(std::int64_t rows, std::int64_t cols, const float* x, const float* numerator,
                   const float* denominator, float* y, ThreadPool& pool) {
  LAB_DISPATCH(run_scale_columns)(rows, cols, x, numerator, denominator, y, pool);
}

void add_column_sums(std::int64_t rows, std::int64_t cols, const float* x, float* sums,
                     ThreadPool& pool) {
  LAB_DISPATCH(run_add_column_sums)(rows, cols, x, sums, pool);
}

void add_column_dots(std::int64_t rows, std::int64_t cols, const float* x, const float* y,
                     const float* denominator, float* sums, ThreadPool& pool) {
  LAB_DISPATCH(run_add_column_dots)(rows, cols, x, y, denominator, sums, pool);
}

}  // namespace lab::kernels
#endif
