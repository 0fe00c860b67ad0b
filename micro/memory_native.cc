// Memory from the C library.
#include <cstdlib>

#include "memory.h"

namespace microlora {

void* take_memory(std::size_t bytes) { return std::aligned_alloc(64, (bytes + 64) / 64 * 64); }
void give_back_memory(void* memory) { std::free(memory); }

}  // namespace microlora
