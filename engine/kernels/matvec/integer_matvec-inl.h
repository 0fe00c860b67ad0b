// Matvec with the vector rounded to 16-bit integers, for WebAssembly.

#if defined(LAB_MATVEC_INTEGER_MATVEC_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LAB_MATVEC_INTEGER_MATVEC_INL_H_
#undef LAB_MATVEC_INTEGER_MATVEC_INL_H_
#else
#define LAB_MATVEC_INTEGER_MATVEC_INL_H_
#endif

#include <algorithm>
#include <cstdint>

#include "kernels/matvec/integer_sums-inl.h"
#include "kernels/matvec/rows-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lab::kernels::HWY_NAMESPACE {

inline bool takes_integers(DType type) {
  return type == DType::kQ4_0 || type == DType::kQ4_1 || type == DType::kQ8_0;
}

/// Rows [begin, end), four at a time, each vector over all of them, as they then lie in a cache.
template <class Block>
void integer_rows(const Matvec& p, const IntegerVector* x, std::int64_t begin, std::int64_t end) {
  for (std::int64_t v = 0; v < p.vectors; ++v) {
    for (std::int64_t row = begin; row < end; row += kIntegerRows) {
      FloatVec sums[kIntegerRows];
      integer_sums<Block>(p.w, row, x[v], sums);
      for (std::int64_t r = 0; r < kIntegerRows && row + r < end; ++r) {
        FloatVec total = sums[r];
        if (p.u)
          total = add_pair(p.b + (row + r) * p.rank, p.u + v * p.rank, p.rank, p.scale, total);
        finish_row(p, row + r, v, lane_sum(total));
      }
    }
  }
}

template <class Block>
void run_integer_blocks(const Matvec& p, ThreadPool& pool) {
  // The vectors are rounded once, by the caller, on its stack, which other threads may read.
  IntegerVector x[kMatvecMaxVectors];
  for (std::int64_t v = 0; v < p.vectors; ++v)
    to_integers(p.x + v * p.w.cols, p.w.cols, kOrderOf<Block>, x[v]);
  const std::int64_t rows = rows_per_piece(p, pool.threads());
  pool.for_chunks((p.w.rows + rows - 1) / rows, [&](std::int64_t chunk, int) HWY_ATTR {
    integer_rows<Block>(p, x, chunk * rows, std::min(p.w.rows, (chunk + 1) * rows));
  });
}

inline void run_integer_matvec(const Matvec& p, ThreadPool& pool) {
  if (p.w.dtype == DType::kQ4_0) run_integer_blocks<BlockQ4_0>(p, pool);
  else if (p.w.dtype == DType::kQ4_1) run_integer_blocks<BlockQ4_1>(p, pool);
  else run_integer_blocks<BlockQ8_0>(p, pool);
}

}  // namespace lab::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
