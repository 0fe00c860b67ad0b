// The memory of a WebAssembly module: what it has taken, and how far its addresses reach.
#include "plan/machine_memory.h"

namespace lab {

std::uint64_t resident_bytes() { return std::uint64_t{__builtin_wasm_memory_size(0)} << 16; }

/// Less than what the host may refuse to give, but more cannot be known.
std::uint64_t available_bytes() { return (std::uint64_t{1} << 32) - resident_bytes(); }

}  // namespace lab
