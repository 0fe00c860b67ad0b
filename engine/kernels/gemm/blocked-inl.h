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
#include "kernels/gemm/panels-inl.h"
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

/// A part of the work that one thread does at a time: row panels [panel, panel_end) of the pass x
/// columns [col, col_end) of C. [ahead, ahead_end) are columns that this thread may do next.
struct Chunk {
  std::int64_t panel = 0, panel_end = 0, col = 0, col_end = 0, ahead = 0, ahead_end = 0;
};

/// Fetches part `part` of `parts` of the columns ahead of B as stored, so that packing them finds
/// them in the second cache.
inline void fetch_ahead(const BlockPass& pass, const Chunk& chunk, std::int64_t part,
                        std::int64_t parts) {
  const auto& [term, begin, end] = pass.block.segments[0];
  const MatrixView& b = term->b;
  const DTypeInfo& type = info(b.dtype);
  const std::int64_t row = term->b_is_nk ? chunk.ahead : begin;
  const std::int64_t rows = term->b_is_nk ? chunk.ahead_end - chunk.ahead : end - begin;
  const std::int64_t col = term->b_is_nk ? begin : chunk.ahead;
  const std::int64_t cols = term->b_is_nk ? end - begin : chunk.ahead_end - chunk.ahead;
  const std::int64_t first = col / type.block_elements * type.block_bytes;
  const std::int64_t bytes = cols * type.block_bytes / type.block_elements;
  for (std::int64_t r = row + rows * part / parts; r < row + rows * (part + 1) / parts; ++r) {
    const std::byte* at = b.data + r * b.row_bytes + first;
    for (std::int64_t i = 0; i < bytes; i += 64) __builtin_prefetch(at + i, 0, 2);
  }
}

/// Packs the chunk's columns of B and multiplies.
template <class Panels>
void compute_chunk(const BlockPass& pass, const Chunk& chunk, float* packed_b) {
  const Gemm& g = *pass.problem;
  const std::int64_t k = pass.block.k, depth = Panels::depth(k);
  const std::int64_t col = chunk.col, col_end = chunk.col_end;
  constexpr std::int64_t kFloat = sizeof(float);
  const float* in_place = Panels::kMayReadInPlace ? columns_in_place(pass, col, col_end - col) : nullptr;
  for (std::int64_t j = col; !in_place && j < col_end; j += kGroup)
    Panels::pack_columns(pass.block, j, static_cast<int>(std::min<std::int64_t>(kGroup, col_end - j)), packed_b + (j - col) * depth);
  TileOutput out;
  out.row_stride = g.c_row_stride;
  out.col_stride = g.c_col_stride;
  out.add = g.accumulate || !pass.first;
  [[maybe_unused]] const typename Panels::Unit unit;
  for (std::int64_t panel = chunk.panel; panel < chunk.panel_end; ++panel) {
    if (chunk.ahead < chunk.ahead_end)
      fetch_ahead(pass, chunk, panel - chunk.panel, chunk.panel_end - chunk.panel);
    const std::int64_t i = panel * Panels::kHeight;
    out.rows = static_cast<int>(std::min<std::int64_t>(Panels::kHeight, pass.rows - i));
    for (std::int64_t j = col; j < col_end; j += kNr) {
      out.cols = static_cast<int>(std::min<std::int64_t>(kNr, col_end - j));
      const int width = panel_width(out.cols);
      out.c = g.c + (pass.row + i) * g.c_row_stride + j * g.c_col_stride;
      out.column_scale = g.column_scale ? g.column_scale + j : nullptr;
      out.bias = g.bias && pass.first ? g.bias + j : nullptr;
      const float* b = in_place ? in_place + (j - col) : packed_b + (j - col) * depth;
      const std::int64_t b_stride =
          in_place ? pass.block.segments[0].term->b.row_bytes / kFloat : width;
      Panels::choose(Panels::height(out.rows), width / kLanes)(
          Panels::rows(k), pass.packed_a + i * depth, b, b_stride, out);
    }
  }
}

/// How a pass is cut: col_chunks of `width` columns, each in row_chunks parts of the rows.
struct Cut {
  std::int64_t width = 0, col_chunks = 0, row_chunks = 1;
};

/// Wide chunks read A less often; but several chunks for each thread, evenly shared, are worth more.
/// Where the columns do not give as many, the rows are cut too, and B is packed for each part.
inline Cut choose_cut(std::int64_t n, std::int64_t panels, std::int64_t threads) {
  static_assert(kMostCols % kGroup == 0);
  Cut cut;
  for (cut.width = kMostCols; cut.width >= kGroup; cut.width -= kGroup) {
    cut.col_chunks = (n + cut.width - 1) / cut.width;
    const std::int64_t rounds = (cut.col_chunks + threads - 1) / threads;
    const bool even = rounds >= 4 && rounds * threads * 20 <= cut.col_chunks * 21;
    if (threads == 1 || even || cut.width == kGroup) break;
  }
  if (cut.col_chunks < 4 * threads && threads > 1)
    cut.row_chunks = std::min(panels, (4 * threads + cut.col_chunks - 1) / cut.col_chunks);
  return cut;
}

template <class Panels>
void run_pass(const BlockPass& pass, ThreadPool& pool, float* packed_a, float* packed_b) {
  const Gemm& g = *pass.problem;
  const std::int64_t panels = (pass.rows + Panels::kHeight - 1) / Panels::kHeight;
  pool.for_chunks(panels, [&](std::int64_t panel, int) HWY_ATTR {
    const std::int64_t i = panel * Panels::kHeight;
    const int rows = static_cast<int>(std::min<std::int64_t>(Panels::kHeight, pass.rows - i));
    Panels::pack_rows(pass.block, pass.row + i, rows, packed_a + i * Panels::depth(pass.block.k));
  });

  const Cut cut = choose_cut(g.n, panels, pool.threads());
  pool.for_chunks(cut.col_chunks * cut.row_chunks, [&](std::int64_t number, int worker) HWY_ATTR {
    const std::int64_t part = number % cut.row_chunks;
    Chunk chunk;
    chunk.panel = panels * part / cut.row_chunks;
    chunk.panel_end = panels * (part + 1) / cut.row_chunks;
    chunk.col = number / cut.row_chunks * cut.width;
    chunk.col_end = std::min(chunk.col + cut.width, g.n);
    if (cut.row_chunks == 1 && pass.block.count > 0) {
      chunk.ahead = chunk.col + pool.threads() * cut.width;
      chunk.ahead_end = std::min(chunk.ahead + cut.width, g.n);
    }
    compute_chunk<Panels>(pass, chunk, packed_b + worker * kScratchB);
  });
}

template <class Panels>
void run_blocked(const Gemm& g, ThreadPool& pool, float* scratch) {
  std::int64_t longest = 0;
  BlockPass pass;
  pass.problem = &g;
  for (KBlocks blocks(g.terms); blocks.next(pass.block);)
    longest = std::max(longest, Panels::depth(pass.block.k));
  const std::int64_t a_floats = kScratchA * pool.threads();
  const std::int64_t most_rows =
      longest > 0 ? std::min(g.m, a_floats / longest / Panels::kHeight * Panels::kHeight) : g.m;
  pass.packed_a = scratch;
  for (pass.row = 0; pass.row < g.m; pass.row += most_rows) {
    pass.rows = std::min(most_rows, g.m - pass.row);
    KBlocks blocks(g.terms);
    pass.first = true;
    // Without any summand there is still the bias to write.
    for (bool any = blocks.next(pass.block); any || pass.first; any = blocks.next(pass.block)) {
      run_pass<Panels>(pass, pool, scratch, scratch + a_floats);
      pass.first = false;
    }
  }
}

}  // namespace lab::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
