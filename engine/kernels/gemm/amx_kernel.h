// A product of bfloat16 pairs (kernels/bfloat16/pairs.h) on the tile registers of AMX.
#pragma once

#include <cstdint>

#include "kernels/gemm/tile_output.h"

namespace lab::kernels {

/// Rows of a panel of A: those of two tiles.
inline constexpr int kAmxRows = 32;

/// Summands that a panel holds in whole tiles: what is missing counts as 0.
inline std::int64_t amx_depth(std::int64_t k) { return (k + kAmxRows - 1) / kAmxRows * kAmxRows; }

/// For panels of 16 or 32 rows, one or two columns of the tiles that pack_word_tiles() makes, and 1 or 2 vectors of words. Products and
/// their sums are float32, with subnormal numbers taken for 0. The thread's AmxTiles must live.
MicroKernel choose_amx_kernel(int rows, int vectors);

}  // namespace lab::kernels
