// A vector of floats as 16-bit integers with a scale for each 32: what stored integers can be
// multiplied with directly, where vectors are short and each conversion to float32 costs dearly.

#if defined(LAB_MATVEC_INTEGER_VECTOR_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LAB_MATVEC_INTEGER_VECTOR_INL_H_
#undef LAB_MATVEC_INTEGER_VECTOR_INL_H_
#else
#define LAB_MATVEC_INTEGER_VECTOR_INL_H_
#endif

#include <wasm_simd128.h>

#include <cstddef>
#include <cstdint>

#include "kernels/dequant/groups-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lab::kernels::HWY_NAMESPACE {

inline constexpr std::int64_t kIntegerVectorMost = 16384;

/// The order in which a group's 32 integers lie: as the bytes of a stored group come when eight
/// 16-bit words of them are masked (even places, then odd ones), or as they are.
enum class GroupOrder { kStraight, kEvenOdd };

/// x[i] is about q[i] * scale[i / 32], within 2^-16 of the largest |x| of the 32. sums[g] is the
/// sum of group g of these. An infinity or NaN makes its group's scale one.
struct IntegerVector {
  alignas(16) std::int16_t q[kIntegerVectorMost];
  alignas(16) float scales[kIntegerVectorMost / kGroup + 4];
  alignas(16) float sums[kIntegerVectorMost / kGroup + 4];
};

/// Eight floats times `factor`, rounded to the nearest integers.
HWY_INLINE v128_t eight_integers(const float* x, v128_t factor) {
  const v128_t magic = wasm_f32x4_splat(0x1.8p23f);  // the lowest bits of x + magic are x
  const auto four = [&](const float* from) HWY_ATTR {
    const v128_t sum = wasm_f32x4_add(wasm_f32x4_mul(wasm_v128_load(from), factor), magic);
    return wasm_i32x4_sub(sum, magic);
  };
  return wasm_i16x8_narrow_i32x4(four(x), four(x + 4));
}

HWY_INLINE float largest_magnitude(const float* x) {
  v128_t most = wasm_f32x4_abs(wasm_v128_load(x));
  LAB_UNROLL
  for (std::size_t i = 4; i < kGroup; i += 4)
    most = wasm_f32x4_max(most, wasm_f32x4_abs(wasm_v128_load(x + i)));
  most = wasm_f32x4_max(most, wasm_i32x4_shuffle(most, most, 2, 3, 0, 1));
  most = wasm_f32x4_max(most, wasm_i32x4_shuffle(most, most, 1, 0, 3, 2));
  return wasm_f32x4_extract_lane(most, 0);
}

HWY_INLINE std::int32_t sum_of_lanes(v128_t v) {
  v = wasm_i32x4_add(v, wasm_i32x4_shuffle(v, v, 2, 3, 0, 1));
  return wasm_i32x4_extract_lane(wasm_i32x4_add(v, wasm_i32x4_shuffle(v, v, 1, 0, 3, 2)), 0);
}

/// `count`, a multiple of 32, is at most kIntegerVectorMost.
inline void to_integers(const float* x, std::int64_t count, GroupOrder order, IntegerVector& to) {
  const std::int64_t groups = count / kGroup;
  for (std::int64_t g = 0; g < groups; ++g, x += kGroup) {
    const float most = largest_magnitude(x);
    const v128_t factor = wasm_f32x4_splat(most == 0 ? 0.0f : 32767.0f / most);
    std::int16_t* q = to.q + g * kGroup;
    v128_t sum = wasm_i32x4_const_splat(0);
    LAB_UNROLL
    for (std::size_t i = 0; i < kGroup; i += 16) {
      v128_t a = eight_integers(x + i, factor), b = eight_integers(x + i + 8, factor);
      if (order == GroupOrder::kEvenOdd) {
        const v128_t even = wasm_i16x8_shuffle(a, b, 0, 2, 4, 6, 8, 10, 12, 14);
        b = wasm_i16x8_shuffle(a, b, 1, 3, 5, 7, 9, 11, 13, 15);
        a = even;
      }
      wasm_v128_store(q + i, a);
      wasm_v128_store(q + i + 8, b);
      const v128_t ones = wasm_i16x8_const_splat(1);
      sum = wasm_i32x4_add(sum, wasm_i32x4_add(wasm_i32x4_dot_i16x8(a, ones),
                                               wasm_i32x4_dot_i16x8(b, ones)));
    }
    to.scales[g] = most / 32767.0f;
    to.sums[g] = static_cast<float>(sum_of_lanes(sum)) * to.scales[g];
  }
  // Groups are taken by fours.
  for (std::int64_t g = groups; g < groups + 3; ++g) to.scales[g] = to.sums[g] = 0;
}

}  // namespace lab::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
