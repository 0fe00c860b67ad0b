// Chooses how a product is computed.

#if defined(LAB_GEMM_RUN_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LAB_GEMM_RUN_INL_H_
#undef LAB_GEMM_RUN_INL_H_
#else
#define LAB_GEMM_RUN_INL_H_
#endif

#include "kernels/gemm/blocked-inl.h"
#include "kernels/gemm/narrow-inl.h"
#include "kernels/isa.h"

HWY_BEFORE_NAMESPACE();
namespace lab::kernels::HWY_NAMESPACE {

/// C^T = B^T A^T is worth it where C has few columns, A lies in columns and B in rows: then both
/// operands lie as the micro-kernel reads them. (The gradient of a low-rank pair's B.)
inline bool is_better_transposed(const Gemm& g) {
  return g.n <= kFewRows && g.m > g.n && g.terms.size() == 1 && g.terms[0].a_row_stride == 1 &&
         !g.terms[0].b_is_nk && g.terms[0].b.dtype == DType::kF32 && !g.column_scale && !g.bias;
}

inline void run_gemm(const Gemm& g, ThreadPool& pool, float* scratch) {
  if (is_better_transposed(g)) {
    const GemmTerm& term = g.terms[0];
    GemmTerm swapped = term;
    swapped.a = reinterpret_cast<const float*>(term.b.data);
    swapped.a_row_stride = 1;
    swapped.a_col_stride = term.b.row_bytes / static_cast<std::int64_t>(sizeof(float));
    swapped.b = float_matrix(term.a, term.k, g.m, term.a_col_stride);
    Gemm transposed = g;
    transposed.m = g.n;
    transposed.n = g.m;
    transposed.terms = {&swapped, 1};
    transposed.c_row_stride = g.c_col_stride;
    transposed.c_col_stride = g.c_row_stride;
    run_blocked<FloatPanels>(transposed, pool, scratch);
  } else if (is_narrow(g)) {
    run_narrow(g, pool, scratch);
#if HWY_TARGET == HWY_AVX3
  } else if (g.bfloat16 && g.m > kFewRows) {
    if (has_amx()) run_blocked<AmxPanels>(g, pool, scratch);
    else run_blocked<PairPanels>(g, pool, scratch);
#endif
  } else {
    run_blocked<FloatPanels>(g, pool, scratch);
  }
}

}  // namespace lab::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
