// Fuzz target: adapter_config.json up to the first NUL, then adapter_model.safetensors; or a GGUF
// adapter. What is accepted must be finite numbers, as many as its plan says.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>

#include "adapter/gguf_adapter.h"
#include "tiny_config.h"

namespace {

void check(const lab::AdapterValues& adapter) {
  if (adapter.plan.pairs.empty()) std::abort();
  if (adapter.plan.parameters() != std::ssize(adapter.values)) std::abort();
  for (const float value : adapter.values)
    if (!std::isfinite(value)) std::abort();
  for (const lab::PairPlan& pair : adapter.plan.pairs)
    if (pair.rank < 1 || pair.rank > 4096 || !std::isfinite(pair.scale)) std::abort();
}

lab::Status read_gguf(std::string_view input) {
  LAB_TRY(const auto gguf, lab::Gguf::read(lab::bytes_source(std::string(input), "fuzz")));
  LAB_TRY(const auto loaded, lab::adapter_from_gguf(gguf, lab::tiny_config()));
  check(loaded.adapter);
  return {};
}

lab::Status read_peft(std::string_view input) {
  const std::size_t end = std::min(input.find('\0'), input.size());
  LAB_TRY(const auto json, lab::parse_json(input.substr(0, end), "fuzz"));
  LAB_TRY(const auto lora, lab::lora_from_json(json));
  const std::string_view rest = input.substr(std::min(end + 1, input.size()));
  LAB_TRY(const auto file, lab::Safetensors::read(lab::bytes_source(std::string(rest), "fuzz")));
  LAB_TRY(const auto adapter, lab::adapter_from_peft(file, lora, lab::tiny_config()));
  check(adapter);
  return {};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto status = input.starts_with("GGUF") ? read_gguf(input) : read_peft(input);
  if (!status && status.error().message.empty()) std::abort();
  return 0;
}
