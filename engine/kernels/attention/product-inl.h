// Small products of tiles that lie in a cache, register block by register block.

#if defined(LAB_ATTENTION_PRODUCT_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LAB_ATTENTION_PRODUCT_INL_H_
#undef LAB_ATTENTION_PRODUCT_INL_H_
#else
#define LAB_ATTENTION_PRODUCT_INL_H_
#endif

#include <cstdint>

#include "kernels/float_vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lab::kernels::HWY_NAMESPACE {

/// kTileRows * kTileVectors sums, kTileVectors vectors of B and one of A must fit the registers.
#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_NEON
inline constexpr int kTileRows = 8, kTileVectors = 3;
#elif HWY_TARGET == HWY_AVX2
inline constexpr int kTileRows = 4, kTileVectors = 3;
#else
inline constexpr int kTileRows = 4, kTileVectors = 2;
#endif

/// How the left operand lies: element (i, k) at [i * stride + k], or at [k * stride + i].
enum class Left { kRows, kColumns };

/// c (+)= A B. All strides are in floats; b and c hold whole vectors at aligned addresses.
struct TileProduct {
  int rows = 0;     ///< of A and c; a multiple of kTileRows must be readable and writable
  int vectors = 0;  ///< of c and b, across
  int depth = 0;
  const float* a = nullptr;
  std::int64_t a_stride = 0;
  const float* b = nullptr;
  std::int64_t b_stride = 0;
  float* c = nullptr;
  std::int64_t c_stride = 0;
  bool accumulate = false;
};

template <Left kLeft, int kVectors>
HWY_NOINLINE void multiply_block(const TileProduct& p, const float* HWY_RESTRICT a,
                                 const float* HWY_RESTRICT b, float* HWY_RESTRICT c) {
  FloatVec sums[kTileRows][kVectors];
  LAB_UNROLL
  for (int i = 0; i < kTileRows; ++i) {
    LAB_UNROLL
    for (int v = 0; v < kVectors; ++v)
      sums[i][v] = p.accumulate ? hn::Load(kFloats, c + i * p.c_stride + v * kLanes)
                                : hn::Zero(kFloats);
  }
  const std::int64_t a_stride = p.a_stride, b_stride = p.b_stride;
  for (int k = 0; k < p.depth; ++k, b += b_stride, a += kLeft == Left::kRows ? 1 : a_stride) {
    FloatVec row[kVectors];
    LAB_UNROLL
    for (int v = 0; v < kVectors; ++v) row[v] = hn::Load(kFloats, b + v * kLanes);
    LAB_UNROLL
    for (int i = 0; i < kTileRows; ++i) {
      const FloatVec x = hn::Set(kFloats, a[kLeft == Left::kRows ? i * a_stride : i]);
      LAB_UNROLL
      for (int v = 0; v < kVectors; ++v) sums[i][v] = hn::MulAdd(x, row[v], sums[i][v]);
    }
  }
  LAB_UNROLL
  for (int i = 0; i < kTileRows; ++i) {
    LAB_UNROLL
    for (int v = 0; v < kVectors; ++v)
      hn::Store(sums[i][v], kFloats, c + i * p.c_stride + v * kLanes);
  }
}

template <Left kLeft>
void multiply_tiles(const TileProduct& p) {
  for (int v = 0; v < p.vectors;) {
    const int left = p.vectors - v;
    // Two and two rather than three and one: a single vector waits for its loads.
    const int take = left == 4 ? 2 : left < kTileVectors ? left : kTileVectors;
    for (int i = 0; i < p.rows; i += kTileRows) {
      const float* a = p.a + (kLeft == Left::kRows ? i * p.a_stride : i);
      const float* b = p.b + v * kLanes;
      float* c = p.c + i * p.c_stride + v * kLanes;
      if (take == 1) multiply_block<kLeft, 1>(p, a, b, c);
      else if (take == 2) multiply_block<kLeft, 2>(p, a, b, c);
      else multiply_block<kLeft, kTileVectors>(p, a, b, c);
    }
    v += take;
  }
}

}  // namespace lab::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
