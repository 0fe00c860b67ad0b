// The blocked product: A is packed once a block for all threads, each chunk packs its columns of B.

#if defined(LAB_GEMM_BLOCKED_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LAB_GEMM_BLOCKED_INL_H_
#undef LAB_GEMM_BLOCKED_INL_H_
#else
#define LAB_GEMM_BLOCKED_INL_H_
#endif

#include <algorithm>
#include <cstdint>

#include "base/thread_pool.h"
#include "kernels/gemm/micro_kernel-inl.h"
#include "kernels/gemm/pack_a-inl.h"
#include "kernels/gemm/pack_b-inl.h"
#include "kernels/gemm/scratch.h"

HWY_BEFORE_NAMESPACE();
namespace lab::kernels::HWY_NAMESPACE {

/// One block of C: rows [row, row + rows) of all columns, one KBlock.
struct BlockPass {
  const Gemm* problem = nullptr;
  KBlock block;
  std::int64_t row = 0, rows = 0;
  bool first = true;
  const float* packed_a = nullptr;
};

/// Rows [row, row_end) of pass x columns [col, col_end) of C; packs these columns of B first.
inline void compute_chunk(const BlockPass& pass, std::int64_t row, std::int64_t row_end,
                          std::int64_t col, std::int64_t col_end, float* packed_b) {
  const Gemm& g = *pass.problem;
  const std::int64_t k = pass.block.k;
  for (std::int64_t j = col; j < col_end; j += kGroup)
    pack_b(pass.block, j, static_cast<int>(std::min<std::int64_t>(kGroup, col_end - j)),
           packed_b + (j - col) * k);
  for (std::int64_t i = row; i < row_end; i += kMr) {
    const int rows = static_cast<int>(std::min<std::int64_t>(kMr, pass.rows - i));
    for (std::int64_t j = col; j < col_end; j += kNr) {
      const int cols = static_cast<int>(std::min<std::int64_t>(kNr, col_end - j));
      TileOutput out;
      out.c = g.c + (pass.row + i) * g.c_row_stride + j * g.c_col_stride;
      out.row_stride = g.c_row_stride;
      out.col_stride = g.c_col_stride;
      out.column_scale = g.column_scale ? g.column_scale + j : nullptr;
      out.bias = g.bias && pass.first ? g.bias + j : nullptr;
      out.add = g.accumulate || !pass.first;
      out.rows = rows;
      out.cols = cols;
      choose_micro_kernel(panel_height(rows), panel_width(cols) / kLanes)(
          k, pass.packed_a + i * k, packed_b + (j - col) * k, out);
    }
  }
}

inline void run_pass(const BlockPass& pass, ThreadPool& pool, float* packed_a, float* packed_b) {
  const Gemm& g = *pass.problem;
  const std::int64_t row_panels = (pass.rows + kMr - 1) / kMr;
  pool.for_chunks(row_panels, [&](std::int64_t panel, int) HWY_ATTR {
    const std::int64_t i = panel * kMr;
    pack_a(pass.block, pass.row + i, static_cast<int>(std::min<std::int64_t>(kMr, pass.rows - i)),
           packed_a + i * pass.block.k);
  });

  const std::int64_t width = 32;
  const std::int64_t chunks = (g.n + width - 1) / width;
  pool.for_chunks(chunks, [&](std::int64_t chunk, int worker) HWY_ATTR {
    const std::int64_t col = chunk * width;
    compute_chunk(pass, 0, pass.rows, col, std::min(col + width, g.n),
                  packed_b + worker * kScratchB);
  });
}

inline void run_blocked(const Gemm& g, ThreadPool& pool, float* scratch) {
  std::int64_t longest = 0;
  BlockPass pass;
  pass.problem = &g;
  for (KBlocks blocks(g.terms); blocks.next(pass.block);)
    longest = std::max(longest, pass.block.k);
  const std::int64_t a_floats = kScratchA * pool.threads();
  const std::int64_t most_rows =
      longest > 0 ? std::min(g.m, a_floats / longest / kMr * kMr) : g.m;
  pass.packed_a = scratch;
  for (pass.row = 0; pass.row < g.m; pass.row += most_rows) {
    pass.rows = std::min(most_rows, g.m - pass.row);
    KBlocks blocks(g.terms);
    pass.first = true;
    // Without any summand there is still the bias to write.
    for (bool any = blocks.next(pass.block); any || pass.first; any = blocks.next(pass.block)) {
      run_pass(pass, pool, scratch, scratch + a_floats);
      pass.first = false;
    }
  }
}

}  // namespace lab::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
