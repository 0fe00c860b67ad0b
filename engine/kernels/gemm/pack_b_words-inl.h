// Packs columns of B as words of two bfloat16 summands (kernels/bfloat16/pairs.h).

#if defined(LAB_GEMM_PACK_B_WORDS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LAB_GEMM_PACK_B_WORDS_INL_H_
#undef LAB_GEMM_PACK_B_WORDS_INL_H_
#else
#define LAB_GEMM_PACK_B_WORDS_INL_H_
#endif

#include <algorithm>
#include <cstdint>

#include "kernels/bfloat16/pairs.h"
#include "kernels/gemm/pack_b-inl.h"
#include "kernels/gemm/pack_stored_words.h"

#if HWY_TARGET == HWY_AVX3
HWY_BEFORE_NAMESPACE();
namespace lab::kernels::HWY_NAMESPACE {

static_assert(kNr == kGroup, "a panel is what pack_b() packs at a time");

/// Summands that are decoded at a time, so that they are still in the first cache when they are paired. Whole groups of a stored type.
inline constexpr std::int64_t kPairedAtATime = 4 * kGroup;

/// The panel of pack_b() with words [p / 2] of summands p and p + 1, p even.
inline void pack_b_words(const KBlock& block, std::int64_t first, int cols, float* panel) {
  const int width = panel_width(cols);
  for (int s = 0; s + 1 < block.count; ++s) {
    if ((block.segments[s].end - block.segments[s].begin) % 2 == 0) continue;
    // A word has its summands from two segments.
    pack_b(block, first, cols, panel, block.k);
    return pair_rows(panel, block.k, width, width, panel);
  }
  for (int s = 0; s < block.count; ++s) {
    const KSegment& segment = block.segments[s];
    if (segment.term->b.dtype == DType::kBF16) {
      pack_stored_words(segment, first, cols, width, panel);
      panel += pair_words(segment.end - segment.begin) * width;
      continue;
    }
    for (std::int64_t p = segment.begin; p < segment.end; p += kPairedAtATime) {
      const KSegment part = {segment.term, p, std::min(p + kPairedAtATime, segment.end)};
      pack_b_columns(part, 0, first, cols, panel, block.k);
      pair_rows(panel, part.end - p, width, width, panel);
      panel += pair_words(part.end - p) * width;
    }
  }
}

}  // namespace lab::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
#endif
