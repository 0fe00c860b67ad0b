// Packs columns of B into panels, [k][kNr], decoding stored types on the way.

#if defined(LAB_GEMM_PACK_B_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LAB_GEMM_PACK_B_INL_H_
#undef LAB_GEMM_PACK_B_INL_H_
#else
#define LAB_GEMM_PACK_B_INL_H_
#endif

#include <algorithm>
#include <cstdint>

#include "kernels/gemm/k_blocks.h"
#include "kernels/gemm/transpose-inl.h"
#include "tensor/decode.h"

HWY_BEFORE_NAMESPACE();
namespace lab::kernels::HWY_NAMESPACE {

/// The width of a panel that holds `cols` columns (1..kNr) of B.
inline int panel_width(int cols) { return cols <= kLanes ? kLanes : kNr; }

/// Decodes elements [begin, end) of a row, whatever blocks they lie in. end - begin <= 256.
inline void decode_part(const MatrixView& b, std::int64_t row, std::int64_t begin,
                        std::int64_t end, float* out) {
  const DTypeInfo& type = info(b.dtype);
  const std::int64_t block = type.block_elements;
  const std::int64_t first = begin / block, last = (end + block - 1) / block;
  const std::byte* from = b.data + row * b.row_bytes + first * type.block_bytes;
  if (first * block == begin && last * block == end) {
    decode(b.dtype, from, end - begin, out);
    return;
  }
  float whole[768];
  decode(b.dtype, from, (last - first) * block, whole);
  std::copy_n(whole + (begin - first * block), end - begin, out);
}

/// One segment of one panel: columns [first, first + cols) of B, summands [begin, end).
inline void pack_b_segment(const KSegment& segment, std::int64_t first, int cols, float* panel) {
  const auto& [term, begin, end] = segment;
  const MatrixView& b = term->b;
  const int width = panel_width(cols);
  constexpr std::int64_t kFloat = sizeof(float);
  if (b.dtype == DType::kF32) {
    if (term->b_is_nk)
      transpose_into(b.data + first * b.row_bytes + begin * kFloat, b.row_bytes, cols, end - begin,
                     1.0f, panel, width);
    else
      copy_into(b.data + begin * b.row_bytes + first * kFloat, b.row_bytes, cols, end - begin,
                1.0f, panel, width);
    return;
  }
  constexpr int kStep = 256;
  if (term->b_is_nk) {
    HWY_ALIGN float rows[kNr * kStep];
    for (std::int64_t p = begin; p < end; p += kStep) {
      const std::int64_t count = std::min<std::int64_t>(kStep, end - p);
      for (int j = 0; j < cols; ++j) decode_part(b, first + j, p, p + count, rows + j * kStep);
      transpose_into(reinterpret_cast<const std::byte*>(rows), kStep * kFloat, cols, count, 1.0f,
                     panel + (p - begin) * width, width);
    }
    return;
  }
  for (std::int64_t p = begin; p < end; ++p, panel += width) {
    decode_part(b, p, first, first + cols, panel);
    std::fill(panel + cols, panel + width, 0.0f);
  }
}

/// panel[p][j] = the p-th summand of column first + j; columns that do not exist are 0.
inline void pack_b(const KBlock& block, std::int64_t first, int cols, float* panel) {
  for (int s = 0; s < block.count; ++s) {
    pack_b_segment(block.segments[s], first, cols, panel);
    panel += (block.segments[s].end - block.segments[s].begin) * panel_width(cols);
  }
}

}  // namespace lab::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
