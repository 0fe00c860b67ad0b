// Dot products of four stored rows with a vector of integers, for Q4_0, Q4_1 and Q8_0.

#if defined(LAB_MATVEC_INTEGER_SUMS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LAB_MATVEC_INTEGER_SUMS_INL_H_
#undef LAB_MATVEC_INTEGER_SUMS_INL_H_
#else
#define LAB_MATVEC_INTEGER_SUMS_INL_H_
#endif

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "kernels/matvec/integer_vector-inl.h"
#include "kernels/matvec/matvec.h"
#include "tensor/blocks.h"

HWY_BEFORE_NAMESPACE();
namespace lab::kernels::HWY_NAMESPACE {

/// How many rows share the loads of a vector, and how many blocks' scales are decoded at once.
inline constexpr int kIntegerRows = 4, kScalesAtOnce = 4;

/// The half floats in the low 16 bits of each lane.
HWY_INLINE v128_t four_halves(v128_t words) {
  const v128_t magnitude = wasm_i32x4_shl(wasm_v128_and(words, wasm_i32x4_const_splat(0x7fff)), 13);
  const v128_t sign = wasm_i32x4_shl(wasm_v128_and(words, wasm_i32x4_const_splat(0x8000)), 16);
  // The exponents' biases differ by 112; what comes out above all halves was an infinity or NaN.
  const v128_t value = wasm_f32x4_mul(magnitude, wasm_f32x4_const_splat(0x1p112f));
  const v128_t special = wasm_v128_and(wasm_f32x4_ge(value, wasm_f32x4_const_splat(65536.0f)),
                                       wasm_i32x4_const_splat(0x7f800000));
  return wasm_v128_or(wasm_v128_or(value, special), sign);
}

/// The first four bytes of `count` blocks, 0 for those that are not there.
template <class Block>
HWY_INLINE v128_t first_words(const Block* block, int count) {
  if (count == kScalesAtOnce) [[likely]] {
    v128_t words = wasm_v128_load32_zero(block);
    words = wasm_v128_load32_lane(block + 1, words, 1);
    words = wasm_v128_load32_lane(block + 2, words, 2);
    return wasm_v128_load32_lane(block + 3, words, 3);
  }
  alignas(16) std::uint32_t words[kScalesAtOnce] = {};
  for (int i = 0; i < count; ++i) std::memcpy(words + i, block + i, sizeof words[i]);
  return wasm_v128_load(words);
}

/// Decodes the scales of the four blocks that begin at place `g` of a row: writes them times the
/// vector's, and returns what the blocks' offsets add to the sum, in four parts.
template <class Block>
HWY_INLINE v128_t prepare_scales(const Block* block, int count, const IntegerVector& x,
                                 std::size_t g, float* scales) {
  const v128_t words = first_words(block, count), d = four_halves(words);
  wasm_v128_store(scales, wasm_f32x4_mul(d, wasm_v128_load(x.scales + g)));
  const v128_t sums = wasm_v128_load(x.sums + g);
  if constexpr (Block::kType == DType::kQ4_1)
    return wasm_f32x4_mul(four_halves(wasm_u32x4_shr(words, 16)), sums);
  else if constexpr (Block::kType == DType::kQ4_0)
    return wasm_f32x4_mul(wasm_f32x4_mul(d, wasm_f32x4_const_splat(-8.0f)), sums);
  else
    return wasm_f32x4_const_splat(0);
}

HWY_INLINE v128_t dot_of(v128_t a, v128_t b) { return wasm_i32x4_dot_i16x8(a, b); }

/// The products of a block's 32 integers (of nibbles: 0 to 15) with the vector's, in four sums.
/// 32 products of 8 bits and 16 stay far from 2^31.
template <class Block>
HWY_INLINE v128_t block_sums(const Block* block, const v128_t (&x)[4]) {
  if constexpr (Block::kType == DType::kQ8_0) {
    const auto eight = [&](std::size_t at) HWY_ATTR { return wasm_i16x8_load8x8(block->qs + at); };
    return wasm_i32x4_add(wasm_i32x4_add(dot_of(eight(0), x[0]), dot_of(eight(8), x[1])),
                          wasm_i32x4_add(dot_of(eight(16), x[2]), dot_of(eight(24), x[3])));
  } else {
    const v128_t low = wasm_i16x8_const_splat(15);
    const v128_t bytes = wasm_v128_load(block->qs);
    const v128_t even_low = wasm_v128_and(bytes, low);
    const v128_t odd_low = wasm_v128_and(wasm_u16x8_shr(bytes, 8), low);
    const v128_t even_high = wasm_v128_and(wasm_u16x8_shr(bytes, 4), low);
    const v128_t odd_high = wasm_u16x8_shr(bytes, 12);
    return wasm_i32x4_add(wasm_i32x4_add(dot_of(even_low, x[0]), dot_of(odd_low, x[1])),
                          wasm_i32x4_add(dot_of(even_high, x[2]), dot_of(odd_high, x[3])));
  }
}

/// Whether bytes are taken apart in words, which separates even and odd places.
template <class Block>
inline constexpr GroupOrder kOrderOf =
    Block::kType == DType::kQ8_0 ? GroupOrder::kStraight : GroupOrder::kEvenOdd;

/// sums[r][lane]: parts of w[first + r] . x; rows that do not exist repeat the last one.
template <class Block>
void integer_sums(const MatrixView& w, std::int64_t first, const IntegerVector& x,
                  FloatVec (&sums)[kIntegerRows]) {
  const Block* row[kIntegerRows];
  for (int r = 0; r < kIntegerRows; ++r)
    row[r] = reinterpret_cast<const Block*>(w.data + std::min(first + r, w.rows - 1) * w.row_bytes);
  v128_t sum[kIntegerRows];
  LAB_UNROLL
  for (int r = 0; r < kIntegerRows; ++r) sum[r] = wasm_f32x4_const_splat(0);
  const auto blocks = static_cast<std::size_t>(w.cols / kGroup);
  const std::int16_t* q = x.q;
  alignas(16) float scales[kIntegerRows][kScalesAtOnce];
  for (std::size_t g = 0; g < blocks; g += kScalesAtOnce) {
    const int count = static_cast<int>(std::min<std::size_t>(kScalesAtOnce, blocks - g));
    LAB_UNROLL
    for (int r = 0; r < kIntegerRows; ++r)
      sum[r] = wasm_f32x4_add(sum[r], prepare_scales(row[r] + g, count, x, g, scales[r]));
    for (int b = 0; b < count; ++b, q += kGroup) {
      const v128_t vector[4] = {wasm_v128_load(q), wasm_v128_load(q + 8), wasm_v128_load(q + 16),
                                wasm_v128_load(q + 24)};
      LAB_UNROLL
      for (int r = 0; r < kIntegerRows; ++r) {
        const v128_t dots = wasm_f32x4_convert_i32x4(block_sums(row[r] + g + b, vector));
        const v128_t scale = wasm_v128_load32_splat(&scales[r][b]);
        sum[r] = wasm_f32x4_add(sum[r], wasm_f32x4_mul(dots, scale));
      }
    }
  }
  LAB_UNROLL
  for (int r = 0; r < kIntegerRows; ++r) sums[r] = FloatVec{sum[r]};
}

}  // namespace lab::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
