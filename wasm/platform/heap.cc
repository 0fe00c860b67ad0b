#include "platform/heap.h"

#include <malloc.h>

#include <algorithm>
#include <cstdlib>

// The linker sends every call of malloc() and its kind here (--wrap), those within the C library, too.
extern "C" {
void* __real_malloc(std::size_t bytes);
void* __real_calloc(std::size_t count, std::size_t bytes);
void* __real_realloc(void* memory, std::size_t bytes);
void* __real_aligned_alloc(std::size_t alignment, std::size_t bytes);
void __real_free(void* memory);
extern unsigned char __heap_base;
}

namespace lab::wasm {
namespace {

std::size_t taken = 0, most_taken = 0;

void* counted(void* memory) {
  if (memory == nullptr) return nullptr;
  taken += malloc_usable_size(memory);
  most_taken = std::max(most_taken, taken);
  return memory;
}
void uncount(void* memory) {
  if (memory != nullptr) taken -= malloc_usable_size(memory);
}

std::size_t before_heap() { return reinterpret_cast<std::size_t>(&__heap_base); }

}  // namespace

std::size_t memory_in_use() { return before_heap() + taken; }
std::size_t memory_peak() { return before_heap() + most_taken; }
void forget_memory_peak() { most_taken = taken; }

extern "C" {
void* __wrap_malloc(std::size_t bytes) { return counted(__real_malloc(bytes)); }
void* __wrap_calloc(std::size_t count, std::size_t bytes) { return counted(__real_calloc(count, bytes)); }
void* __wrap_aligned_alloc(std::size_t alignment, std::size_t bytes) { return counted(__real_aligned_alloc(alignment, bytes)); }
void __wrap_free(void* memory) {
  uncount(memory);
  __real_free(memory);
}
void* __wrap_realloc(void* memory, std::size_t bytes) {
  const std::size_t before = memory == nullptr ? 0 : malloc_usable_size(memory);
  void* moved = __real_realloc(memory, bytes);
  if (moved != nullptr) taken -= before;  // else the old block is as it was
  return counted(moved);
}
}

}  // namespace lab::wasm
