// The functions that JavaScript calls: memory, files, and requests in JSON that are answered in JSON.
//
// Everything lies in the module's memory as bytes and lengths; texts are UTF-8 without a closing zero.
#include <cstdint>
#include <cstdlib>

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
