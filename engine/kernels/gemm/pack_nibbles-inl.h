// Packs rows of Q4_0 and Q4_1 blocks: transposes the stored bytes, an eighth of the data, and decodes
// whole columns, so that scales are vectors over rows.

#if defined(LAB_GEMM_PACK_NIBBLES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LAB_GEMM_PACK_NIBBLES_INL_H_
#undef LAB_GEMM_PACK_NIBBLES_INL_H_
#else
#define LAB_GEMM_PACK_NIBBLES_INL_H_
#endif

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "kernels/gemm/transpose-inl.h"
#include "kernels/matrix_view.h"
#include "tensor/blocks.h"
#include "tensor/decode.h"

HWY_BEFORE_NAMESPACE();
namespace lab::kernels::HWY_NAMESPACE {

#if HWY_TARGET != HWY_SCALAR
using WordTag = hn::RebindToUnsigned<FloatTag>;
inline constexpr WordTag kWords;

/// The half floats in the low 16 bits of each lane.
HWY_INLINE FloatVec halves_of_words(hn::Vec<WordTag> words) {
#if HWY_TARGET == HWY_AVX3
  return FloatVec(_mm512_cvtph_ps(_mm512_cvtepi32_epi16(words.raw)));
#else
  HWY_ALIGN std::uint32_t bits[kLanes];
  HWY_ALIGN float halves[kLanes];
  hn::Store(words, kWords, bits);
  for (int i = 0; i < kLanes; ++i)
    halves[i] = half_to_float(static_cast<std::uint16_t>(bits[i]));
  return hn::Load(kFloats, halves);
#endif
}

/// value = nibble * scale + offset for the block at byte `at` of each row.
struct RowScales {
  FloatVec scale, offset;
};
template <class Block>
HWY_INLINE RowScales row_scales(const std::byte* const* rows, std::int64_t at) {
  HWY_ALIGN std::uint32_t words[kLanes];
  for (int i = 0; i < kLanes; ++i) std::memcpy(words + i, rows[i] + at, sizeof words[i]);
  const auto both = hn::Load(kWords, words);
  const FloatVec d = halves_of_words(both);
  if constexpr (Block::kType == DType::kQ4_1)
    return {d, halves_of_words(hn::ShiftRight<16>(both))};
  else
    return {d, hn::Mul(d, hn::Set(kFloats, -8.0f))};
}

/// The decoded nibble that starts at bit kBit of each lane.
template <int kBit>
HWY_INLINE FloatVec nibble_values(hn::Vec<WordTag> words, const RowScales& s) {
  const hn::RebindToSigned<FloatTag> ints;
  const auto q = hn::And(hn::ShiftRight<kBit>(words), hn::Set(kWords, 15u));
  return hn::MulAdd(hn::ConvertTo(kFloats, hn::BitCast(ints, q)), s.scale, s.offset);
}

/// panel[p - begin][i] = element p of row first + i, for p in [begin, end), whole blocks.
template <class Block, int kWidth>
void pack_nibbles(const MatrixView& b, std::int64_t first, int rows, std::int64_t begin,
                  std::int64_t end, float* HWY_RESTRICT panel) {
  for (int lane = 0; lane < kWidth; lane += kLanes) {
    const std::byte* row[kLanes];
    for (int i = 0; i < kLanes; ++i)
      row[i] = b.data + (first + std::min(lane + i, rows - 1)) * b.row_bytes;
    float* to = panel + lane;
    for (std::int64_t p = begin; p < end; p += Block::kElements, to += Block::kElements * kWidth) {
      const std::int64_t at = p / Block::kElements * static_cast<std::int64_t>(sizeof(Block));
      const RowScales s = row_scales<Block>(row, at);
      // Word q of a row's 16 bytes: elements 4q .. 4q + 3 in the low nibbles, 16 more in the high.
      transpose_quads(row, at + static_cast<std::int64_t>(offsetof(Block, qs)),
                      [&](int q, FloatVec column) HWY_ATTR {
                        const auto words = hn::BitCast(kWords, column);
                        float* low = to + 4 * q * kWidth;
                        float* high = low + 16 * kWidth;
                        hn::StoreU(nibble_values<0>(words, s), kFloats, low);
                        hn::StoreU(nibble_values<8>(words, s), kFloats, low + kWidth);
                        hn::StoreU(nibble_values<16>(words, s), kFloats, low + 2 * kWidth);
                        hn::StoreU(nibble_values<24>(words, s), kFloats, low + 3 * kWidth);
                        hn::StoreU(nibble_values<4>(words, s), kFloats, high);
                        hn::StoreU(nibble_values<12>(words, s), kFloats, high + kWidth);
                        hn::StoreU(nibble_values<20>(words, s), kFloats, high + 2 * kWidth);
                        hn::StoreU(nibble_values<28>(words, s), kFloats, high + 3 * kWidth);
                      });
    }
  }
}
#endif

}  // namespace lab::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
