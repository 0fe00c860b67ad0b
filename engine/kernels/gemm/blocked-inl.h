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

/// Rows of C so few that reading B in place costs less than packing it would.
inline constexpr std::int64_t kFewRows = 2 * kMr;

/// The first of `cols` columns of B where they lie as the kernel wants them, else null.
inline const float* columns_in_place(const BlockPass& pass, std::int64_t col, std::int64_t cols) {
  const KSegment& segment = pass.block.segments[0];
  if (pass.rows > kFewRows || pass.block.count != 1 || cols % kLanes != 0) return nullptr;
  const MatrixView& b = segment.term->b;
  if (segment.term->b_is_nk || b.dtype != DType::kF32) return nullptr;
  return reinterpret_cast<const float*>(b.data + segment.begin * b.row_bytes) + col;
}

/// Row panels [panel, panel_end) of the pass x columns [col, col + cols) of C, cols <= kGroup.
/// Packs these columns of B first.
inline void compute_chunk(const BlockPass& pass, std::int64_t panel, std::int64_t panel_end,
                          std::int64_t col, int cols, float* packed_b) {
  const Gemm& g = *pass.problem;
  const std::int64_t k = pass.block.k;
  const float* in_place = columns_in_place(pass, col, cols);
  if (!in_place) pack_b(pass.block, col, cols, packed_b);
  TileOutput out;
  out.row_stride = g.c_row_stride;
  out.col_stride = g.c_col_stride;
  out.add = g.accumulate || !pass.first;
  for (; panel < panel_end; ++panel) {
    const std::int64_t i = panel * kMr;
    out.rows = static_cast<int>(std::min<std::int64_t>(kMr, pass.rows - i));
    for (int j = 0; j < cols; j += kNr) {
      out.cols = std::min(kNr, cols - j);
      const int width = panel_width(out.cols);
      out.c = g.c + (pass.row + i) * g.c_row_stride + (col + j) * g.c_col_stride;
      out.column_scale = g.column_scale ? g.column_scale + col + j : nullptr;
      out.bias = g.bias && pass.first ? g.bias + col + j : nullptr;
      const float* b = in_place ? in_place + j : packed_b + j * k;
      const std::int64_t b_stride =
          in_place ? pass.block.segments[0].term->b.row_bytes / 4 : width;
      choose_micro_kernel(panel_height(out.rows), width / kLanes)(
          k, pass.packed_a + i * k, b, b_stride, out);
    }
  }
}

inline void run_pass(const BlockPass& pass, ThreadPool& pool, float* packed_a, float* packed_b) {
  const Gemm& g = *pass.problem;
  const std::int64_t panels = (pass.rows + kMr - 1) / kMr;
  pool.for_chunks(panels, [&](std::int64_t panel, int) HWY_ATTR {
    const std::int64_t i = panel * kMr;
    pack_a(pass.block, pass.row + i, static_cast<int>(std::min<std::int64_t>(kMr, pass.rows - i)),
           packed_a + i * pass.block.k);
  });

  // Several chunks for each thread even out their speeds; where the columns do not give as many,
  // the rows are cut too, and B is then packed once for each part of them.
  const std::int64_t col_chunks = (g.n + kGroup - 1) / kGroup;
  const std::int64_t wanted = 4 * pool.threads();
  const std::int64_t row_chunks =
      pool.threads() == 1 ? 1 : std::min(panels, (wanted + col_chunks - 1) / col_chunks);
  pool.for_chunks(col_chunks * row_chunks, [&](std::int64_t chunk, int worker) HWY_ATTR {
    const std::int64_t col = chunk / row_chunks * kGroup, part = chunk % row_chunks;
    compute_chunk(pass, panels * part / row_chunks, panels * (part + 1) / row_chunks, col,
                  static_cast<int>(std::min<std::int64_t>(kGroup, g.n - col)),
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
