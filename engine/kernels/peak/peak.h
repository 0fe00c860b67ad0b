// The most floating-point work this machine does a second: what kernels are measured against.
#pragma once

#include "base/thread_pool.h"

namespace lab::kernels {

/// FLOP/s of independent float32 FMAs of full vectors of current_isa() on all threads of the pool
/// together, 2 a multiply-add: the best of several tries, which take about 50 ms in all.
double fma_peak(ThreadPool& pool);

/// The same of bfloat16 products on tile registers. Only if has_amx().
double amx_peak(ThreadPool& pool);

}  // namespace lab::kernels
