// Fuzz target: tokenizer.json up to the first NUL, then a text; what encodes must decode, at once
// and token by token alike.
#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "text/tokenizer.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t end = std::min(input.find('\0'), input.size());
  const auto json = lab::parse_json(input.substr(0, end), "fuzz");
  if (!json) return 0;
  const auto tokenizer = lab::Tokenizer::from_json(*json, nullptr, "fuzz");
  if (!tokenizer) return 0;
  const auto ids = (*tokenizer)->encode(input.substr(std::min(end + 1, size)));
  if (!ids) return 0;
  lab::StreamDecoder stream(*tokenizer, false);
  std::string text;
  for (const std::int32_t id : *ids) text += stream.push(id);
  if (text + stream.flush() != (*tokenizer)->decode(*ids)) std::abort();
  return 0;
}
