// Products of attention's tiles on the tile registers of AMX.
#pragma once

#include "kernels/attention/tile_product.h"

namespace lab::kernels {

/// Rows that multiply_amx() takes at a time.
inline constexpr int kAmxProductRows = 16;

/// The first rows of a product, as many whole kAmxProductRows as there are; the others are left. a and b hold words of two summands
/// (kernels/bfloat16/pairs.h), as many as the depth. Only if has_amx().
void multiply_amx(Left left, const TileProduct& p);

}  // namespace lab::kernels
