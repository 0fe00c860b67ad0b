#include "kernels/isa.h"

#include <atomic>

namespace lab::kernels {
namespace {

bool cpu_has([[maybe_unused]] Isa isa) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
                    __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("f16c");
  if (isa == Isa::kAvx2) return avx2;
  if (isa == Isa::kAvx512) {
    return avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  }
#endif
  return isa == Isa::kBaseline;
}

std::atomic<Isa>& chosen() {
  static std::atomic<Isa> isa{attainable_isas().back()};
  return isa;
}

}  // namespace

std::string_view name(Isa isa) {
  switch (isa) {
    case Isa::kAvx2: return "AVX2";
    case Isa::kAvx512: return "AVX-512";
    case Isa::kBaseline: break;
  }
  return "baseline";
}

std::vector<Isa> attainable_isas() {
  std::vector<Isa> isas;
  for (Isa isa : {Isa::kBaseline, Isa::kAvx2, Isa::kAvx512})
    if (cpu_has(isa)) isas.push_back(isa);
  return isas;
}

Isa current_isa() { return chosen().load(std::memory_order_relaxed); }

bool computes_bfloat16() {
#if defined(__x86_64__)
  __builtin_cpu_init();
  return current_isa() == Isa::kAvx512 && __builtin_cpu_supports("avx512bf16");
#else
  return false;
#endif
}

void force_isa(Isa isa) { chosen().store(isa, std::memory_order_relaxed); }

}  // namespace lab::kernels
