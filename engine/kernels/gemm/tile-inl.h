// The register tile of each instruction set: kMr rows of kNv vectors of C stay in registers.

#if defined(LAB_GEMM_TILE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LAB_GEMM_TILE_INL_H_
#undef LAB_GEMM_TILE_INL_H_
#else
#define LAB_GEMM_TILE_INL_H_
#endif

#include <cstdint>

#include "kernels/float_vector-inl.h"

namespace lab::kernels::HWY_NAMESPACE {

// kMr * kNv sums, kNv vectors of B and one of A must fit the registers (32 on AVX-512 and NEON,
// else 16), and there must be enough sums to hide the latency of an FMA. kMrStep: the heights that
// the last rows of A are rounded up to.
#if HWY_TARGET == HWY_AVX3
inline constexpr int kMr = 12, kNv = 2, kMrStep = 4;
#elif HWY_TARGET == HWY_NEON
inline constexpr int kMr = 6, kNv = 4, kMrStep = 2;
#elif HWY_TARGET == HWY_AVX2 || defined(__wasm_relaxed_simd__)
inline constexpr int kMr = 6, kNv = 2, kMrStep = 2;
#else
inline constexpr int kMr = 4, kNv = 2, kMrStep = 2;
#endif
inline constexpr int kNr = kNv * kLanes;
static_assert(32 % kNr == 0, "a panel holds a whole part of a quantised block's 32 columns");
static_assert(kMr % kMrStep == 0 && kMr <= 3 * kMrStep);
inline constexpr int kMrSecond = 2 * kMrStep;

}  // namespace lab::kernels::HWY_NAMESPACE
#endif
