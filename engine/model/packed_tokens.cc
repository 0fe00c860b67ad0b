#include "model/packed_tokens.h"

#include <algorithm>

namespace lab {
namespace {

Ints put(const Pass& pass, std::span<const std::int32_t> values) {
  const Ints ints = pass.arena.ints(static_cast<std::int64_t>(values.size()));
  pass.device.write(ints, values.data());
  return ints;
}

}  // namespace

PackedTokens::PackedTokens(const ModelConfig& config, std::int64_t max_tokens) {
  for (std::int64_t window : config.windows) window_ = std::max(window_, window);
  key_end_.reserve(static_cast<std::size_t>(max_tokens));
  chosen_.reserve(static_cast<std::size_t>(max_tokens));
  if (window_ > 0) window_begin_.reserve(static_cast<std::size_t>(max_tokens));
}

void PackedTokens::write(Pass& pass, const TokenLists& lists) {
  const auto count = static_cast<std::int64_t>(lists.ids.size());
  key_end_.resize(lists.ids.size());
  for (std::int64_t i = 0; i < count; ++i) key_end_[static_cast<std::size_t>(i)] = static_cast<std::int32_t>(i + 1);
  pass.tokens = count;
  pass.ids = put(pass, lists.ids);
  pass.positions = put(pass, lists.positions);
  pass.key_begin = put(pass, lists.segment_begin);
  pass.key_end = put(pass, key_end_);
  if (window_ == 0) return;
  window_begin_.resize(lists.ids.size());
  for (std::int64_t i = 0; i < count; ++i)
    window_begin_[static_cast<std::size_t>(i)] =
        std::max(lists.segment_begin[static_cast<std::size_t>(i)], static_cast<std::int32_t>(std::max<std::int64_t>(0, i + 1 - window_)));
  pass.window_begin = put(pass, window_begin_);
}

Pass PackedTokens::some(const Pass& pass, const TokenLists& lists, std::span<const std::int32_t> rows, Ints device_rows) {
  const auto of = [&](std::span<const std::int32_t> values) {
    chosen_.clear();
    for (const std::int32_t row : rows) chosen_.push_back(values[static_cast<std::size_t>(row)]);
    return put(pass, chosen_);
  };
  Pass chosen = pass;
  chosen.tokens = device_rows.count;
  chosen.rows = device_rows;
  chosen.ids = of(lists.ids);
  chosen.positions = of(lists.positions);
  chosen.key_begin = of(lists.segment_begin);
  chosen.key_end = of(key_end_);
  if (window_ > 0) chosen.window_begin = of(window_begin_);
  return chosen;
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
