// What packed panels hold and which kernel multiplies them: floats, or pairs of bfloat16.

#if defined(LAB_GEMM_PANELS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LAB_GEMM_PANELS_INL_H_
#undef LAB_GEMM_PANELS_INL_H_
#else
#define LAB_GEMM_PANELS_INL_H_
#endif

#include <cstdint>

#include "kernels/bfloat16/pairs.h"
#include "kernels/gemm/micro_kernel-inl.h"
#include "kernels/gemm/pair_kernel.h"

HWY_BEFORE_NAMESPACE();
namespace lab::kernels::HWY_NAMESPACE {

/// Panels as pack_a() and pack_b() leave them.
struct FloatPanels {
  static constexpr bool kMayReadInPlace = true;
  /// Rows of a panel that holds k summands.
  static std::int64_t rows(std::int64_t k) { return k; }
  static void finish(float*, std::int64_t, int) {}
  static MicroKernel choose(int rows, int vectors) { return choose_micro_kernel(rows, vectors); }
};

#if HWY_TARGET == HWY_AVX3
/// Panels in which two summands share a word, as bfloat16.
struct PairPanels {
  static constexpr bool kMayReadInPlace = false;
  static std::int64_t rows(std::int64_t k) { return pair_words(k); }
  static void finish(float* panel, std::int64_t k, int width) { pair_rows(panel, k, width, width, panel); }
  static MicroKernel choose(int rows, int vectors) {
    static_assert(kMrStep == 4 && kMr == 12 && kLanes == 16);
    return choose_pair_kernel(rows, vectors);
  }
};
#endif

}  // namespace lab::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
