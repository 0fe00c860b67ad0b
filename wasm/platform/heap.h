// How much of the module's memory is in use. The memory itself only grows, and says nothing of what was given back.
#pragma once

#include <cstddef>

namespace lab::wasm {

/// Static data, stack and the blocks that are taken now, in bytes.
std::size_t memory_in_use();

/// The most that was in use since forget_memory_peak().
std::size_t memory_peak();
void forget_memory_peak();

}  // namespace lab::wasm
