// The tile registers of AMX: eight of 16 rows of 64 bytes, which multiply bfloat16 pairs and add up floats.
#pragma once

#include "kernels/bfloat16/bfloat16_target.h"

namespace lab::kernels {

/// Floats of a side of a tile, and words of two summands (kernels/bfloat16/pairs.h) across one.
inline constexpr int kAmxSide = 16;

#if defined(__x86_64__)
/// While it lives, this thread's tile registers are 16 rows of 64 bytes each. They hold anything.
class AmxTiles {
 public:
  LAB_AMX AmxTiles() {
    // Palette 1 of Intel's manual: bytes across at 16 + 2 i, rows at 48 + i.
    alignas(64) unsigned char shape[64] = {1};
    for (int i = 0; i < 8; ++i) {
      shape[16 + 2 * i] = 64;
      shape[48 + i] = kAmxSide;
    }
    _tile_loadconfig(shape);
  }
  LAB_AMX ~AmxTiles() { _tile_release(); }
  AmxTiles(const AmxTiles&) = delete;
  AmxTiles& operator=(const AmxTiles&) = delete;
};
#endif

}  // namespace lab::kernels
