// The instruction sets that SIMD kernels are compiled for, and the one that this process uses.
#pragma once

#include <string_view>
#include <vector>

namespace lab::kernels {

/// kBaseline is what the compiler may assume anyway: SSE2, NEON, WebAssembly SIMD128 or plain loops.
enum class Isa { kBaseline, kAvx2, kAvx512 };

std::string_view name(Isa isa);

/// Compiled in, and this CPU and operating system have them; ascending, never empty.
std::vector<Isa> attainable_isas();

/// The best attainable one, found once, unless a test has chosen another.
Isa current_isa();

/// Does current_isa() multiply bfloat16 numbers, two in the time of one float32?
bool computes_bfloat16();

/// Does it so on the tile registers of AMX, many in the time of one? Asks the system for them, once.
bool has_amx();

/// Makes has_amx() say so, for tests that have given the process such registers; no kernel may be running.
void force_amx(bool has);

/// Makes every kernel use `isa`, which must be attainable. For tests and benchmarks; no kernel may
/// be running.
void force_isa(Isa isa);

}  // namespace lab::kernels
