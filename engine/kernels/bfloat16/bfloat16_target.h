// For the files that AVX512-BF16 and AMX have to themselves, because Highway's targets here do not include them.
#pragma once

#if defined(__x86_64__)
#if defined(__GNUC__) && !defined(__clang__)
// GCC 12 takes the undefined registers that its own intrinsics begin with for a mistake (its bug 105593).
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <immintrin.h>

#define LAB_BF16 __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16")))
#define LAB_AMX __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,amx-tile,amx-bf16")))
/// Repeats the next loop's body in full, which keeps arrays of vectors in registers.
#if defined(__clang__)
#define LAB_UNROLL _Pragma("clang loop unroll(full)")
#else
#define LAB_UNROLL _Pragma("GCC unroll 64")
#endif
#endif
