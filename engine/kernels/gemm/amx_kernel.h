// A product of bfloat16 pairs (kernels/bfloat16/pairs.h) on the tile registers of AMX.
#pragma once

#include <cstdint>

#include "kernels/gemm/k_blocks.h"
#include "kernels/gemm/tile_output.h"

namespace lab::kernels {

/// Rows of a panel of A: those of two tiles.
inline constexpr int kAmxRows = 32;

/// Summands that a panel holds, so that whole tiles do: what is missing counts as 0.
inline std::int64_t amx_depth(std::int64_t k) { return (k + kAmxRows - 1) / kAmxRows * kAmxRows; }

/// Packs rows [first, first + rows) of A, at most kAmxRows, with each term's scale multiplied in: one or two columns of tiles, each
/// amx_depth(block.k) / 32 tiles of [16 rows][16 words]. Rows that do not exist are 0.
void pack_amx_rows(const KBlock& block, std::int64_t first, int rows, float* panel);

/// The second step of packing B: a panel of k rows of `width` floats becomes amx_depth(k) / 2 rows of `width` words.
void pair_amx_columns(float* panel, std::int64_t k, int width);

/// For panels of 16 or 32 rows and 1 or 2 vectors of words. Products and their sums are float32, with subnormal numbers taken
/// for 0. The thread's AmxTiles must live.
MicroKernel choose_amx_kernel(int rows, int vectors);

}  // namespace lab::kernels
