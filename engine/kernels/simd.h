// Sets up Google Highway (headers only) for a translation unit that is compiled once for each
// instruction set. Such a file x.cc looks like this:
//
//   #undef HWY_TARGET_INCLUDE
//   #define HWY_TARGET_INCLUDE "kernels/x/x.cc"
//   #include "kernels/simd.h"
//   #include "kernels/x/x-inl.h"          // vector code in lab::kernels::HWY_NAMESPACE
//   #if HWY_ONCE
//   namespace lab::kernels {
//   void x(...) { return LAB_DISPATCH(run_x)(...); }
//   }
//   #endif
//
// No #pragma once: Highway's own headers decide what is seen again for each instruction set.

#ifndef LAB_KERNELS_SIMD_H_
#define LAB_KERNELS_SIMD_H_

#include <cstddef>
#include <cstdint>

#include "kernels/isa.h"

// Three levels on x86 (none, AVX2, AVX-512) keep builds quick; elsewhere the compiler's baseline.
#define HWY_DISABLED_TARGETS \
  (HWY_SSSE3 | HWY_SSE4 | HWY_AVX3_DL | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128)
// Highway's debug assertions would need its library.
#define HWY_IS_DEBUG_BUILD 0

/// LAB_DISPATCH(function)(arguments...) calls the function's body for current_isa().
#define LAB_DISPATCH(function) (*(LAB_CHOOSE_AVX512(function)))
#define LAB_CHOOSE_BASELINE(function) (&HWY_STATIC_DISPATCH(function))
#define LAB_CHOOSE_AVX2(function)                                                             \
  LAB_IF_AVX2(::lab::kernels::current_isa() == ::lab::kernels::Isa::kAvx2 ? &N_AVX2::function \
                                                                          :)                  \
  LAB_CHOOSE_BASELINE(function)
#define LAB_CHOOSE_AVX512(function)                                                               \
  LAB_IF_AVX512(::lab::kernels::current_isa() == ::lab::kernels::Isa::kAvx512 ? &N_AVX3::function \
                                                                              :)                  \
  LAB_CHOOSE_AVX2(function)

/// Repeats the next loop's body in full, which keeps arrays of vectors in registers.
#if defined(__clang__)
#define LAB_UNROLL _Pragma("clang loop unroll(full)")
#else
#define LAB_UNROLL _Pragma("GCC unroll 64")
#endif

#endif  // LAB_KERNELS_SIMD_H_

#include "hwy/foreach_target.h"
#include "hwy/highway.h"

#ifndef LAB_KERNELS_SIMD_TARGETS_
#define LAB_KERNELS_SIMD_TARGETS_
#if HWY_TARGETS & HWY_AVX2
#define LAB_IF_AVX2(...) __VA_ARGS__
#else
#define LAB_IF_AVX2(...)
#endif
#if HWY_TARGETS & HWY_AVX3
#define LAB_IF_AVX512(...) __VA_ARGS__
#else
#define LAB_IF_AVX512(...)
#endif
#endif  // LAB_KERNELS_SIMD_TARGETS_
