// Fuzz target: whatever parse_json accepts, it must write and read back the same.
#include <cstdint>
#include <cstdlib>

#include "file/json.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto json = lab::parse_json({reinterpret_cast<const char*>(data), size}, "fuzz");
  if (!json) return 0;
  const std::string text = json->dump();
  const auto again = lab::parse_json(text, "dump");
  if (!again || again->dump() != text) std::abort();
  return 0;
}
