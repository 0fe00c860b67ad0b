#include "kernels/matvec/matvec.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/matvec/matvec.cc"
#include "kernels/simd.h"

#include "kernels/matvec/matvec-inl.h"

#if HWY_ONCE
namespace lab::kernels {

void matvec(const Matvec& problem, ThreadPool& pool) {
  if (problem.w.rows <= 0 || problem.vectors <= 0) return;
  LAB_DISPATCH(run_matvec)(problem, pool);
}

double matvec_rounding(DType type) { return LAB_DISPATCH(rounding_of)(type); }

}  // namespace lab::kernels
#endif
