// A linear layer with its optional low-rank pair, dropout and DoRA, put together from device operations.
#pragma once

#include "model/model.h"
#include "model/pass.h"

namespace lab {

/// y (+)= linear(x). `u`: [tokens, rank], kept for the backward. `stream` tells the layer's dropout
/// mask apart from others'.
void linear_forward(const Pass& pass, const Linear& linear, std::uint32_t stream, std::int64_t tokens,
                    Reals x, Reals u, Reals y, bool accumulate);

/// Adds the parameter gradients and, if dx is not empty, writes (or adds) the input's.
void linear_backward(const Pass& pass, const Linear& linear, std::uint32_t stream, std::int64_t tokens,
                     Reals x, Reals u, Reals dy, Reals dx, bool accumulate_dx);

}  // namespace lab
