// Fuzz target: every tensor of a file that Gguf::read accepts must lie inside the file.
#include <cstdint>
#include <cstdlib>

#include "file/gguf.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto source = lab::bytes_source({reinterpret_cast<const char*>(data), size}, "fuzz");
  const auto file = lab::Gguf::read(source);
  if (!file) return 0;
  const auto all = source->bytes();
  for (const auto& tensor : file->tensors()) {
    const auto bytes = tensor.view.bytes;
    if (lab::storage_bytes(tensor.view.dtype, tensor.view.elements()) != bytes.size()) std::abort();
    if (bytes.empty()) continue;
    if (bytes.data() < all.data() || bytes.size() > all.size()) std::abort();
    if (bytes.data() + bytes.size() > all.data() + all.size()) std::abort();
  }
  return 0;
}
