#include "kernels/gemm/gemm.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/gemm/gemm.cc"
#include "kernels/simd.h"

#include "kernels/gemm/run-inl.h"

#if HWY_ONCE
namespace lab::kernels {

std::int64_t gemm_scratch_floats() { return kScratchA + kScratchB; }

void gemm(const Gemm& problem, ThreadPool& pool, float* scratch) {
  if (problem.m <= 0 || problem.n <= 0) return;
  LAB_DISPATCH(run_gemm)(problem, pool, scratch);
}

}  // namespace lab::kernels
#endif
