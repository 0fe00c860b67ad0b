// The memory of a WebAssembly module: what of it is in use, and how far its addresses reach.
#include "plan/machine_memory.h"

#include "platform/heap.h"

namespace lab {

/// What was given back counts as free: the memory never shrinks, and what it grew to for one run serves the next.
std::uint64_t resident_bytes() { return wasm::memory_in_use(); }

/// Less than what the host may refuse to give, but more cannot be known.
std::uint64_t available_bytes() { return (std::uint64_t{1} << 32) - resident_bytes(); }

}  // namespace lab
