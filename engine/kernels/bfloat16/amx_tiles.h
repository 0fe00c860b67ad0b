// The tile registers of AMX: eight of 16 rows of 64 bytes, which multiply bfloat16 pairs and add up floats.
#pragma once

#include <cstdint>

#include "kernels/bfloat16/bfloat16_target.h"

namespace lab::kernels {

/// Floats of a side of a tile, and words of two summands (kernels/bfloat16/pairs.h) across one.
inline constexpr int kAmxSide = 16;

#if defined(__x86_64__)
/// What LDTILECFG reads (Intel's manual, palette 1).
struct alignas(64) AmxShape {
  std::uint8_t palette = 1, start_row = 0, reserved[14] = {};
  std::uint16_t bytes_across[8] = {64, 64, 64, 64, 64, 64, 64, 64}, no_bytes[8] = {};
  std::uint8_t rows[8] = {kAmxSide, kAmxSide, kAmxSide, kAmxSide, kAmxSide, kAmxSide, kAmxSide, kAmxSide}, no_rows[8] = {};
};
static_assert(sizeof(AmxShape) == 64);
inline constexpr AmxShape kAmxShape;

/// While it lives, this thread's tile registers have these shapes, or 16 rows of 64 bytes each. They hold anything.
class AmxTiles {
 public:
  LAB_AMX AmxTiles() { _tile_loadconfig(&kAmxShape); }
  LAB_AMX explicit AmxTiles(const AmxShape& shape) {
    asm volatile("" : : "m"(shape));  // GCC takes LDTILECFG to read but its first bytes
    _tile_loadconfig(&shape);
  }
  LAB_AMX ~AmxTiles() { _tile_release(); }
  AmxTiles(const AmxTiles&) = delete;
  AmxTiles& operator=(const AmxTiles&) = delete;
};
#endif

}  // namespace lab::kernels
