// Packs rows of A into panels: [k][rows], with a term's scale multiplied in.

#if defined(LAB_GEMM_PACK_A_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LAB_GEMM_PACK_A_INL_H_
#undef LAB_GEMM_PACK_A_INL_H_
#else
#define LAB_GEMM_PACK_A_INL_H_
#endif

#include <algorithm>
#include <cstdint>

#include "kernels/gemm/k_blocks.h"
#include "kernels/gemm/transpose-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lab::kernels::HWY_NAMESPACE {

/// The height of a panel that holds `rows` rows (1..kMr) of A.
inline int panel_height(int rows) { return (rows + kMrStep - 1) / kMrStep * kMrStep; }

template <int kHeight>
void pack_a_panel(const KBlock& block, std::int64_t first, int rows, float* panel) {
  for (int s = 0; s < block.count; ++s) {
    const auto& [term, begin, end] = block.segments[s];
    const auto* from = reinterpret_cast<const std::byte*>(
        term->a + first * term->a_row_stride + begin * term->a_col_stride);
    constexpr std::int64_t kFloat = sizeof(float);
    if (term->a_col_stride == 1)
      transpose_into<kHeight>(from, term->a_row_stride * kFloat, rows, end - begin, term->scale,
                              panel);
    else
      copy_into<kHeight>(from, term->a_col_stride * kFloat, rows, end - begin, term->scale, panel);
    panel += (end - begin) * kHeight;
  }
}

/// panel[p][i] = the p-th summand of row first + i, for the `rows` rows that exist.
inline void pack_a(const KBlock& block, std::int64_t first, int rows, float* panel) {
  const int height = panel_height(rows);
  if (height == kMrStep)
    pack_a_panel<kMrStep>(block, first, rows, panel);
  else if (height == kMr)
    pack_a_panel<kMr>(block, first, rows, panel);
  else
    pack_a_panel<kMrSecond>(block, first, rows, panel);
}

}  // namespace lab::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
