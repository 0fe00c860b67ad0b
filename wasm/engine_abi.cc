// The functions that JavaScript calls: memory, files, and requests in JSON that are answered in JSON.
//
// Everything lies in the module's memory as bytes and lengths; texts are UTF-8 without a closing zero.
#include <cstdint>
#include <cstdlib>
#include <iterator>

#include "base/sha256.h"
#include "platform/memory_files.h"
#include "requests.h"

#define LAB_EXPORT(name) extern "C" __attribute__((export_name(#name)))

namespace lab::wasm {
namespace {

/// Where the last answer lies; valid until the next call.
struct Reply { const void* bytes; std::size_t size; } reply;
std::string reply_text;

}  // namespace

/// Null where the memory is not to be had.
LAB_EXPORT(allocate) void* allocate(std::size_t bytes) { return std::malloc(bytes > 0 ? bytes : 1); }
LAB_EXPORT(release) void release(void* memory) { std::free(memory); }

/// A block of allocate() with another size, mostly where it was; null, and the block as it was, where the
/// memory is not to be had.
LAB_EXPORT(resize) void* resize(void* memory, std::size_t before, std::size_t bytes) {
  // realloc() lets the last block of the heap grow in place, but only into memory that the heap already has.
  // This gets it some, past the holes that lie before the block.
  void* volatile taken[8] = {};
  for (std::size_t i = 0; bytes > before && i < std::size(taken) && (i == 0 || (taken[i - 1] != nullptr && taken[i - 1] < memory)); ++i)
    taken[i] = std::malloc(bytes - before);
  for (void* block : taken) std::free(block);
  return std::realloc(memory, bytes);
}

/// SHA-256 of bytes in this memory that become known piece by piece; the answer is its hexadecimal text.
LAB_EXPORT(hash_start) Sha256* hash_start() { return new Sha256; }
LAB_EXPORT(hash_update) void hash_update(Sha256* hash, const std::byte* bytes, std::size_t size) { hash->update({bytes, size}); }
LAB_EXPORT(hash_finish) const Reply* hash_finish(Sha256* hash) {
  reply_text = hex(hash->finish());
  delete hash;
  reply = {reply_text.data(), reply_text.size()};
  return &reply;
}

/// The file `path` is the `size` bytes at `bytes` from now on, which allocate() gave and the engine keeps.
LAB_EXPORT(put_file) void put(const char* path, std::size_t length, void* bytes, std::size_t size) {
  put_file(std::string(path, length), bytes, size);
}
/// Forgets the name; the bytes go when nothing of the engine uses them any more.
LAB_EXPORT(drop_file) void drop(const char* path, std::size_t length) {
  if (const auto found = memory_files().find(std::string_view(path, length)); found != memory_files().end())
    memory_files().erase(found);
}

/// Does what a request says: {"do": name, ...}. The answer is an object, with "error" if it was refused.
LAB_EXPORT(call) const Reply* call(const char* request, std::size_t size) {
  reply_text = answer({request, size});
  reply = {reply_text.data(), reply_text.size()};
  return &reply;
}

}  // namespace lab::wasm
