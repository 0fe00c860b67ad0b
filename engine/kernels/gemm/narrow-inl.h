// Products with few columns, such as x A^T with a rank of 8: dot products, without packing A.

#if defined(LAB_GEMM_NARROW_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LAB_GEMM_NARROW_INL_H_
#undef LAB_GEMM_NARROW_INL_H_
#else
#define LAB_GEMM_NARROW_INL_H_
#endif

#include <algorithm>
#include <cstdint>

#include "base/thread_pool.h"
#include "kernels/gemm/dot_tile-inl.h"
#include "kernels/gemm/micro_kernel-inl.h"
#include "kernels/gemm/scratch.h"
#include "kernels/gemm/transpose-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lab::kernels::HWY_NAMESPACE {

inline constexpr std::int64_t kNarrowCols = 32;
/// Summands of one pass: kDotCols rows of B stay in the first cache.
inline constexpr std::int64_t kNarrowStep = 640;

inline bool is_narrow(const Gemm& g) {
  return g.n <= kNarrowCols && g.terms.size() == 1 && g.terms[0].a_col_stride == 1 &&
         g.terms[0].b.dtype == DType::kF32 && g.terms[0].k > 0 &&
         g.terms[0].k * kNarrowCols <= kScratchA;
}

/// to[j * k + p] = b[p][j]: the columns of B next to each other.
inline void transpose_columns(const MatrixView& b, std::int64_t cols, std::int64_t k, float* to) {
  std::int64_t done = 0;
#if HWY_TARGET != HWY_SCALAR
  done = k / kLanes * kLanes;
  for (std::int64_t p = 0; p < done; p += kLanes) {
    const std::byte* row[kLanes];
    for (int i = 0; i < kLanes; ++i) row[i] = b.data + (p + i) * b.row_bytes;
    for (std::int64_t j = 0; j + 4 <= cols; j += 4)
      transpose_quads(row, j * static_cast<std::int64_t>(sizeof(float)),
                      [&](int q, FloatVec column) HWY_ATTR {
                        hn::StoreU(column, kFloats, to + (j + q) * k + p);
                      });
  }
#endif
  for (std::int64_t j = 0; j < cols; ++j) {
    const std::byte* at = b.data + j * static_cast<std::int64_t>(sizeof(float));
    for (std::int64_t p = j < cols / 4 * 4 ? done : 0; p < k; ++p)
      to[j * k + p] = load_float(at + p * b.row_bytes);
  }
}

/// Rows [row, row_end) of C; column j of B is at b + j * b_stride.
inline void narrow_rows(const Gemm& g, std::int64_t row, std::int64_t row_end, const float* b,
                        std::int64_t b_stride) {
  const GemmTerm& term = g.terms[0];
  for (std::int64_t p = 0; p < term.k; p += kNarrowStep) {
    const std::int64_t k = std::min(kNarrowStep, term.k - p);
    for (std::int64_t j = 0; j < g.n; j += kDotCols) {
      const float* column[kDotCols];
      for (int c = 0; c < kDotCols; ++c)
        column[c] = b + std::min<std::int64_t>(j + c, g.n - 1) * b_stride + p;
      for (std::int64_t i = row; i < row_end; i += kDotRows) {
        const float* a[kDotRows];
        for (int r = 0; r < kDotRows; ++r)
          a[r] = term.a + std::min(i + r, row_end - 1) * term.a_row_stride + p;
        float sums[kDotRows * kDotCols];
        dot_tile(a, column, k, sums);
        TileOutput out;
        out.c = g.c + i * g.c_row_stride + j * g.c_col_stride;
        out.row_stride = g.c_row_stride;
        out.col_stride = g.c_col_stride;
        out.scale = term.scale;
        out.column_scale = g.column_scale ? g.column_scale + j : nullptr;
        out.bias = g.bias && p == 0 ? g.bias + j : nullptr;
        out.add = g.accumulate || p > 0;
        out.rows = static_cast<int>(std::min<std::int64_t>(kDotRows, row_end - i));
        out.cols = static_cast<int>(std::min<std::int64_t>(kDotCols, g.n - j));
        store_partial(sums, kDotCols, out);
      }
    }
  }
}

inline void run_narrow(const Gemm& g, ThreadPool& pool, float* scratch) {
  const GemmTerm& term = g.terms[0];
  const float* b = reinterpret_cast<const float*>(term.b.data);
  std::int64_t b_stride = term.b.row_bytes / static_cast<std::int64_t>(sizeof(float));
  if (!term.b_is_nk) {
    transpose_columns(term.b, g.n, term.k, scratch);
    b = scratch;
    b_stride = term.k;
  }
  constexpr std::int64_t kChunkRows = 8 * kDotRows;
  pool.for_chunks((g.m + kChunkRows - 1) / kChunkRows, [&](std::int64_t chunk, int) HWY_ATTR {
    narrow_rows(g, chunk * kChunkRows, std::min(g.m, (chunk + 1) * kChunkRows), b, b_stride);
  });
}

}  // namespace lab::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
