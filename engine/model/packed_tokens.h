// PackedTokens: puts a batch's token lists on the device and sets up the Pass that walks over them.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "model/config.h"
#include "model/pass.h"

namespace lab {

/// Host lists of the same length: see data/batch.h for what packing puts into them.
struct TokenLists {
  std::span<const std::int32_t> ids, positions;
  std::span<const std::int32_t> segment_begin;  ///< index of the first token of each token's document
};

/// Keeps the host memory that the lists need, so that a step allocates nothing.
class PackedTokens {
 public:
  PackedTokens(const ModelConfig& config, std::int64_t max_tokens);

  /// Takes the lists' device memory from pass.arena and fills pass.tokens, ids, positions, key_begin,
  /// key_end and window_begin.
  void write(Pass& pass, const TokenLists& lists);

  /// Of a pass that was written from `lists`, the tokens `rows`, ascending, which are on the device as `device_rows`.
  Pass some(const Pass& pass, const TokenLists& lists, std::span<const std::int32_t> rows, Ints device_rows);

 private:
  std::int64_t window_ = 0;          ///< of the layers that have one; they all have the same
  std::vector<std::int32_t> key_end_, window_begin_, chosen_;
};

/// The rotation table on the device.
struct DeviceRope {
  Reals cosines, sines;
};
std::uint64_t rope_bytes(const ModelConfig& config, std::int64_t positions, std::uint32_t real_bytes);
DeviceRope write_rope(Device& device, Arena& arena, const ModelConfig& config, std::int64_t positions);

}  // namespace lab
