// The CPU device: every operation at once, with SIMD kernels and a thread pool.
#pragma once

#include <memory>

#include "base/thread_pool.h"
#include "device/device.h"
#include "device/precision.h"

namespace lab {

/// Reals are float32, an address is a pointer. `pool` must outlive the device, and one thread at a
/// time may use either. All scratch memory is taken here; no operation allocates. Results are the
/// same bits at any number of threads. Heads of attention may have up to 256 dimensions.
/// kBFloat16 only where kernels::computes_bfloat16().
std::unique_ptr<Device> make_cpu_device(ThreadPool& pool, Precision precision = Precision::kFloat32);

}  // namespace lab
