#include "kernels/isa.h"

#include <atomic>

#if defined(__x86_64__) && defined(__linux__)
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

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

/// CPUID's leaf 7 says whether there are tiles (EDX 24) that multiply bfloat16 numbers (EDX 22); that each process has to ask for
/// their 8 KB of state is Linux's rule: arch_prctl(ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA).
bool cpu_grants_amx() {
#if defined(__x86_64__) && defined(__linux__)
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
  if (!computes_bfloat16() || !__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx)) return false;
  if (((edx >> 24) & (edx >> 22) & 1) == 0) return false;
  return syscall(SYS_arch_prctl, 0x1023, 18) == 0;
#else
  return false;
#endif
}

std::atomic<bool>& amx() {
  static std::atomic<bool> has{cpu_grants_amx()};
  return has;
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

bool has_amx() { return computes_bfloat16() && amx().load(std::memory_order_relaxed); }

void force_amx(bool has) { amx().store(has, std::memory_order_relaxed); }

void force_isa(Isa isa) { chosen().store(isa, std::memory_order_relaxed); }

}  // namespace lab::kernels
