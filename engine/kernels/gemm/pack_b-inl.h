// Packs columns of B into panels, [k][kNr], decoding stored types on the way.

#if defined(LAB_GEMM_PACK_B_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LAB_GEMM_PACK_B_INL_H_
#undef LAB_GEMM_PACK_B_INL_H_
#else
#define LAB_GEMM_PACK_B_INL_H_
#endif

#include <algorithm>
#include <cstdint>

#include "kernels/dequant/decode_rows-inl.h"
#include "kernels/gemm/k_blocks.h"
#include "kernels/gemm/pack_nibbles-inl.h"
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

/// Rows of B that run along k: decodes a stretch of each and transposes it.
template <int kWidth>
void pack_decoded_rows(const KSegment& segment, std::int64_t first, int cols, float* panel) {
  const auto& [term, begin, end] = segment;
  const MatrixView& b = term->b;
  const DecodeRows decoder = choose_decoder(b.dtype);
  constexpr int kStep = 64;
  HWY_ALIGN float rows[kWidth * kStep];
  DecodedLayout layout;
  layout.to = rows;
  layout.row_stride = kStep;
  for (std::int64_t p = begin; p < end; p += kStep) {
    const std::int64_t count = std::min<std::int64_t>(kStep, end - p);
    if (p % kGroup == 0 && count % kGroup == 0)
      decoder(b.data + first * b.row_bytes, b.row_bytes, cols, p / kGroup, count / kGroup, layout);
    else
      for (int j = 0; j < cols; ++j) decode_part(b, first + j, p, p + count, rows + j * kStep);
    transpose_into<kWidth>(reinterpret_cast<const std::byte*>(rows), kStep * sizeof(float), cols,
                           count, 1.0f, panel + (p - begin) * kWidth);
  }
}

/// One segment of one panel: columns [first, first + cols) of B, summands [begin, end).
template <int kWidth>
void pack_b_segment(const KSegment& segment, std::int64_t first, int cols, float* panel) {
  const auto& [term, begin, end] = segment;
  const MatrixView& b = term->b;
  constexpr std::int64_t kFloat = sizeof(float);
  if (b.dtype == DType::kF32) {
    if (term->b_is_nk)
      transpose_into<kWidth>(b.data + first * b.row_bytes + begin * kFloat, b.row_bytes, cols,
                             end - begin, 1.0f, panel);
    else
      copy_into<kWidth>(b.data + begin * b.row_bytes + first * kFloat, b.row_bytes, cols,
                        end - begin, 1.0f, panel);
#if HWY_TARGET != HWY_SCALAR
  } else if (term->b_is_nk && b.dtype == DType::kQ4_0) {
    pack_nibbles<BlockQ4_0, kWidth>(b, first, cols, begin, end, panel);
  } else if (term->b_is_nk && b.dtype == DType::kQ4_1) {
    pack_nibbles<BlockQ4_1, kWidth>(b, first, cols, begin, end, panel);
#endif
  } else if (term->b_is_nk) {
    pack_decoded_rows<kWidth>(segment, first, cols, panel);
  } else {
    for (std::int64_t p = begin; p < end; ++p, panel += kWidth) {
      decode_part(b, p, first, first + cols, panel);
      std::fill(panel + cols, panel + kWidth, 0.0f);
    }
  }
}

/// Columns [first, first + kGroup) of a segment whose rows run along n: decodes straight into the
/// kGroup / kNr panels, which are panel_floats apart.
inline void pack_decoded_columns(const KSegment& segment, std::int64_t first, float* panel,
                                 std::int64_t panel_floats) {
  const MatrixView& b = segment.term->b;
  DecodedLayout layout;
  layout.to = panel;
  layout.row_stride = kNr;
  layout.part = kNv;
  layout.part_stride = panel_floats;
  choose_decoder(b.dtype)(b.data + segment.begin * b.row_bytes, b.row_bytes,
                          segment.end - segment.begin, first / kGroup, 1, layout);
}

/// One segment of columns [first, first + cols), cols <= kGroup and first a multiple of it, behind `done` summands of others.
inline void pack_b_columns(const KSegment& segment, std::int64_t done, std::int64_t first, int cols, float* packed, std::int64_t depth) {
  if (!segment.term->b_is_nk && segment.term->b.dtype != DType::kF32 && cols == kGroup)
    return pack_decoded_columns(segment, first, packed + done * kNr, depth * kNr);
  for (int j = 0; j < cols; j += kNr) {
    const int part = std::min(kNr, cols - j);
    float* panel = packed + j * depth;
    if (panel_width(part) == kNr)
      pack_b_segment<kNr>(segment, first + j, part, panel + done * kNr);
    else
      pack_b_segment<kLanes>(segment, first + j, part, panel + done * kLanes);
  }
}

/// Packs these columns into panels of kNr, `depth` x kNr floats apart, the last perhaps of kLanes. panel[p][j] = the p-th summand of
/// column j; columns that do not exist hold anything.
inline void pack_b(const KBlock& block, std::int64_t first, int cols, float* packed, std::int64_t depth) {
  std::int64_t done = 0;
  for (int s = 0; s < block.count; ++s) {
    pack_b_columns(block.segments[s], done, first, cols, packed, depth);
    done += block.segments[s].end - block.segments[s].begin;
  }
}

}  // namespace lab::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
