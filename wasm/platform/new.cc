// operator new of a platform without exceptions: the host ends the call, and the module with it.
#include <cstdlib>
#include <new>

__attribute__((import_module("lab"), import_name("out_of_memory"))) extern "C" [[noreturn]] void host_out_of_memory(std::size_t bytes);

void* operator new(std::size_t bytes) {
  void* memory = std::malloc(bytes > 0 ? bytes : 1);
  if (memory == nullptr) host_out_of_memory(bytes);
  return memory;
}
void* operator new[](std::size_t bytes) { return operator new(bytes); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
