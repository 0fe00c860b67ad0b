#include "model/packed_tokens.h"

#include <algorithm>

namespace lab {

PackedTokens::PackedTokens(const ModelConfig& config, std::int64_t max_tokens) {
  for (std::int64_t window : config.windows) window_ = std::max(window_, window);
  key_end_.reserve(static_cast<std::size_t>(max_tokens));
  if (window_ > 0) window_begin_.reserve(static_cast<std::size_t>(max_tokens));
}

void PackedTokens::write(Pass& pass, const TokenLists& lists) {
  const auto count = static_cast<std::int64_t>(lists.ids.size());
  auto put = [&](std::span<const std::int32_t> values) {
    const Ints ints = pass.arena.ints(count);
    pass.device.write(ints, values.data());
    return ints;
  };
  key_end_.resize(lists.ids.size());
  for (std::int64_t i = 0; i < count; ++i) key_end_[static_cast<std::size_t>(i)] = static_cast<std::int32_t>(i + 1);
  pass.tokens = count;
  pass.ids = put(lists.ids);
  pass.positions = put(lists.positions);
  pass.key_begin = put(lists.segment_begin);
  pass.key_end = put(key_end_);
  if (window_ == 0) return;
  window_begin_.resize(lists.ids.size());
  for (std::int64_t i = 0; i < count; ++i)
    window_begin_[static_cast<std::size_t>(i)] =
        std::max(lists.segment_begin[static_cast<std::size_t>(i)], static_cast<std::int32_t>(std::max<std::int64_t>(0, i + 1 - window_)));
  pass.window_begin = put(window_begin_);
}

std::uint64_t rope_bytes(const ModelConfig& config, std::int64_t positions, std::uint32_t real_bytes) {
  return 2 * ((static_cast<std::uint64_t>(positions * (config.rope.rotary / 2)) * real_bytes + 63) & ~std::uint64_t{63});
}

DeviceRope write_rope(Device& device, Arena& arena, const ModelConfig& config, std::int64_t positions) {
  const RopeTable table = rope_table(config.rope, positions);
  const auto count = static_cast<std::int64_t>(table.cosines.size());
  const DeviceRope rope{arena.reals(count), arena.reals(count)};
  device.write(rope.cosines, table.cosines.data());
  device.write(rope.sines, table.sines.data());
  return rope;
}

}  // namespace lab
