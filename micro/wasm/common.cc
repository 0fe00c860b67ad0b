// What all faces share: staging, statuses, deltas, numbers in text.
#include "handle.h"
#include "number_text.h"

namespace microlora::wasm {

alignas(64) float stage_x[kStage];
alignas(64) float stage_y[kStage];

void* make_block(const Kind& kind, void* plan, const void* config) {
  const std::size_t head = padded(kind.size / sizeof(float));
  Arena counter;
  kind.lay_out(plan, counter, config);
  if (counter.used() >> 28) return nullptr;  // from 2^30 bytes on, a sum of sizes could wrap around
  auto* block = static_cast<float*>(take_memory((head + counter.used()) * sizeof(float)));
  if (!block) return nullptr;
  auto* handle = reinterpret_cast<Handle*>(block);
  Arena arena(block + head);
  kind.lay_out(handle + 1, arena, config);
  handle->adapter = kind.start(*handle, handle + 1);
  return handle;
}

MICROLORA_EXPORT(core_stage) float* stage(int which) { return which ? stage_y : stage_x; }
MICROLORA_EXPORT(core_take) void* take(std::size_t bytes) { return take_memory(bytes); }
MICROLORA_EXPORT(core_give) void give(void* memory) { give_back_memory(memory); }
MICROLORA_EXPORT(core_norm) double norm(const Adapter* adapter) { return adapter->delta_norm(); }
/// The stage, [rows][out], += rows first.. of the delta.
MICROLORA_EXPORT(core_delta)
void delta(const Adapter* adapter, std::uint32_t first, std::uint32_t rows) {
  adapter->add_delta(stage_x, first, rows);
}
MICROLORA_EXPORT(core_write_numbers)
std::size_t write_text(const float* values, std::uint32_t outer, std::uint32_t inner,
                       std::uint32_t outer_step, std::uint32_t inner_step, char* out) {
  const Order order{outer, inner, outer_step, inner_step};
  return static_cast<std::size_t>(write_numbers(values, order, out) - out);
}
MICROLORA_EXPORT(core_read_numbers)
std::int32_t read_text(const char* text, std::size_t size, float* out) {
  return read_numbers(text, size, out);
}

}  // namespace microlora::wasm
