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
#include "kernels/gemm/pair_sums.h"

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
/// Writes a tile of sums, whole vectors where they all exist.
inline void store_sums(const float* sums, int sums_stride, const TileOutput& out) {
  if (out.cols < sums_stride || out.col_stride != 1) return store_partial(sums, sums_stride, out);
  for (int j = 0; j < sums_stride; j += kLanes) {
    FloatVec scale = hn::Set(kFloats, out.scale);
    if (out.column_scale) scale = hn::Mul(scale, hn::LoadU(kFloats, out.column_scale + j));
    const FloatVec bias = out.bias ? hn::LoadU(kFloats, out.bias + j) : hn::Zero(kFloats);
    for (int i = 0; i < out.rows; ++i) {
      float* c = out.c + i * out.row_stride + j;
      const FloatVec sum = hn::MulAdd(hn::Load(kFloats, sums + i * sums_stride + j), scale, bias);
      hn::StoreU(out.add ? hn::Add(sum, hn::LoadU(kFloats, c)) : sum, kFloats, c);
    }
  }
}

template <int kRows, int kVectors>
void pair_kernel(std::int64_t words, const float* a, const float* b, std::int64_t b_stride, const TileOutput& out) {
  // C comes from memory while the sums are formed; a tile row may start in the middle of a line.
  for (int i = 0; i < out.rows; ++i) {
    const float* c = out.c + i * out.row_stride;
    for (int j = 0; j < kVectors * kLanes; j += 16) __builtin_prefetch(c + j, 1);
    __builtin_prefetch(c + kVectors * kLanes - 1, 1);
  }
  HWY_ALIGN float sums[kRows * kVectors * kLanes];
  choose_pair_sums(kRows, kVectors)(words, a, b, b_stride, sums);
  store_sums(sums, kVectors * kLanes, out);
}

/// Panels in which two summands share a word, as bfloat16.
struct PairPanels {
  static constexpr bool kMayReadInPlace = false;
  static std::int64_t rows(std::int64_t k) { return pair_words(k); }
  static void finish(float* panel, std::int64_t k, int width) { pair_rows(panel, k, width, width, panel); }
  static MicroKernel choose(int rows, int vectors) {
    static_assert(kMrStep == 4 && kMr == 12 && kLanes == 16);
    if (vectors == 1) return rows == 4 ? pair_kernel<4, 1> : rows == 8 ? pair_kernel<8, 1> : pair_kernel<12, 1>;
    return rows == 4 ? pair_kernel<4, 2> : rows == 8 ? pair_kernel<8, 2> : pair_kernel<12, 2>;
  }
};
#endif

}  // namespace lab::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
