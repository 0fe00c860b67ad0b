// For the files that AVX512-BF16 has to itself, because Highway's targets here do not include it.
#pragma once

#if defined(__x86_64__)
#include <immintrin.h>

#define LAB_BF16 __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16")))
/// Repeats the next loop's body in full, which keeps arrays of vectors in registers.
#if defined(__clang__)
#define LAB_UNROLL _Pragma("clang loop unroll(full)")
#else
#define LAB_UNROLL _Pragma("GCC unroll 64")
#endif
#endif
