// Memory inside WebAssembly: a list of blocks from the end of the data up, first fit.
//
// Blocks lie one after another, so freed neighbours are found and joined by walking. Adapters are
// made and freed rarely and never allocate in between, so simplicity wins over speed here.
#include <cstdint>

#include "memory.h"

extern "C" unsigned char __heap_base;

namespace microlora {
namespace {

struct alignas(16) Block {
  std::uint32_t size;  // with this header, a multiple of 16
  bool used;
  Block* next() { return reinterpret_cast<Block*>(reinterpret_cast<char*>(this) + size); }
};

Block* first = nullptr;
Block* end = nullptr;
std::uint32_t taken = 0, live = 0;

}  // namespace

void* take_memory(std::size_t bytes) {
  constexpr std::size_t kPage = 65536, kMost = std::size_t{1} << 31;
  if (bytes > kMost) return nullptr;
  if (!first)
    first = end =
        reinterpret_cast<Block*>((reinterpret_cast<std::size_t>(&__heap_base) + 15) & ~15u);
  const std::size_t need = (bytes + 15) / 16 * 16 + sizeof(Block);
  Block* block = first;
  for (; block != end; block = block->next()) {
    if (block->used) continue;
    while (block->next() != end && !block->next()->used) block->size += block->next()->size;
    if (block->size >= need) break;
  }
  if (block == end) {  // one more block behind the last
    const std::size_t wanted = reinterpret_cast<std::size_t>(end) + need,
                      now = __builtin_wasm_memory_size(0) * kPage;
    if (wanted < need) return nullptr;  // beyond the address space
    if (wanted > now && __builtin_wasm_memory_grow(0, (wanted - now + kPage - 1) / kPage) ==
                            static_cast<std::size_t>(-1)) {
      return nullptr;
    }
    block->size = need;
    end = block->next();
  } else if (block->size > need) {
    Block* rest = reinterpret_cast<Block*>(reinterpret_cast<char*>(block) + need);
    rest->size = block->size - need;
    rest->used = false;
    block->size = need;
  }
  block->used = true;
  ++taken;
  ++live;
  return block + 1;
}

void give_back_memory(void* memory) {
  if (!memory) return;
  (static_cast<Block*>(memory) - 1)->used = false;
  --live;
}

}  // namespace microlora

/// How many blocks were ever taken, or are held now: a call that allocates changes the first.
extern "C" __attribute__((export_name("allocations"))) std::uint32_t allocations(int held) {
  return held ? microlora::live : microlora::taken;
}
