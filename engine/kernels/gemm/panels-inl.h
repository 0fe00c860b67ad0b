// What packed panels hold and which kernel multiplies them: floats, or pairs of bfloat16 for vectors or for tile registers.

#if defined(LAB_GEMM_PANELS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LAB_GEMM_PANELS_INL_H_
#undef LAB_GEMM_PANELS_INL_H_
#else
#define LAB_GEMM_PANELS_INL_H_
#endif

#include <algorithm>
#include <cstdint>

#include "kernels/bfloat16/amx_tiles.h"
#include "kernels/bfloat16/pairs.h"
#include "kernels/gemm/amx_kernel.h"
#include "kernels/gemm/micro_kernel-inl.h"
#include "kernels/gemm/pack_a-inl.h"
#include "kernels/gemm/pack_b-inl.h"
#include "kernels/gemm/pack_b_words-inl.h"
#include "kernels/gemm/pack_words.h"
#include "kernels/gemm/pair_kernel.h"

HWY_BEFORE_NAMESPACE();
namespace lab::kernels::HWY_NAMESPACE {

/// Panels as pack_a() and pack_b() leave them.
struct FloatPanels {
  static constexpr bool kMayReadInPlace = true;
  /// Rows of A in a whole panel, and in one that holds `rows`.
  static constexpr int kHeight = kMr;
  static int height(int rows) { return panel_height(rows); }
  /// What a thread needs while it multiplies.
  struct Unit {};
  /// Floats a column or row takes in a panel that holds k summands.
  static std::int64_t depth(std::int64_t k) { return k; }
  /// Rows of a panel that holds k summands.
  static std::int64_t rows(std::int64_t k) { return k; }
  static void pack_rows(const KBlock& block, std::int64_t first, int rows, float* panel) { pack_a(block, first, rows, panel); }
  /// Columns [first, first + cols), cols <= kGroup and first a multiple of it, of all summands.
  static void pack_columns(const KBlock& block, std::int64_t first, int cols, float* packed) { pack_b(block, first, cols, packed, block.k); }
  static MicroKernel choose(int rows, int vectors) { return choose_micro_kernel(rows, vectors); }
};

#if HWY_TARGET == HWY_AVX3
static_assert(kMrStep == 4 && kMr == 12 && kLanes == 16 && kNr == 32);

/// Panels in which two summands share a word, as bfloat16.
struct PairPanels {
  static constexpr bool kMayReadInPlace = false;
  static constexpr int kHeight = kMr;
  static int height(int rows) { return panel_height(rows); }
  struct Unit {};
  static std::int64_t depth(std::int64_t k) { return k; }
  static std::int64_t rows(std::int64_t k) { return pair_words(k); }
  static void pack_rows(const KBlock& block, std::int64_t first, int rows, float* panel) {
    pack_word_columns(block, first, rows, panel_height(rows), panel);
  }
  static void pack_columns(const KBlock& block, std::int64_t first, int cols, float* packed) { pack_b_words(block, first, cols, packed); }
  static MicroKernel choose(int rows, int vectors) { return choose_pair_kernel(rows, vectors); }
};

/// The same words, in whole tiles.
struct AmxPanels {
  static constexpr bool kMayReadInPlace = false;
  static constexpr int kHeight = kAmxRows;
  static int height(int rows) { return rows <= kAmxSide ? kAmxSide : kAmxRows; }
  using Unit = AmxTiles;
  static std::int64_t depth(std::int64_t k) { return amx_depth(k); }
  static std::int64_t rows(std::int64_t k) { return amx_depth(k) / 2; }
  static void pack_rows(const KBlock& block, std::int64_t first, int rows, float* panel) {
    for (int i = 0; i < rows; i += kAmxSide)
      pack_word_tiles(block, first + i, std::min(rows - i, kAmxSide), panel + depth(block.k) / 2 * i);
  }
  static void pack_columns(const KBlock& block, std::int64_t first, int cols, float* packed) {
    pack_b_words(block, first, cols, packed);
    std::fill(packed + pair_words(block.k) * panel_width(cols), packed + rows(block.k) * panel_width(cols), 0.0f);
  }
  static MicroKernel choose(int rows, int vectors) { return choose_amx_kernel(rows, vectors); }
};
#endif

}  // namespace lab::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
