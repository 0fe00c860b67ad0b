// Where the sums of a register tile go.
#pragma once

#include <cstdint>

namespace lab::kernels {

/// c = (add ? c : 0) + column_scale * scale * sum + bias.
struct TileOutput {
  float* c = nullptr;
  std::int64_t row_stride = 0, col_stride = 1;
  float scale = 1.0f;
  const float* column_scale = nullptr;  ///< of the tile's first column, or null
  const float* bias = nullptr;
  bool add = false;
  int rows = 0, cols = 0;  ///< the part of the tile that exists
};

/// Any part of a tile whose rows are sums_stride floats apart.
inline void store_partial(const float* sums, int sums_stride, const TileOutput& out) {
  for (int i = 0; i < out.rows; ++i) {
    for (int j = 0; j < out.cols; ++j) {
      float* c = out.c + i * out.row_stride + j * out.col_stride;
      float value = sums[i * sums_stride + j] * out.scale;
      if (out.column_scale) value *= out.column_scale[j];
      if (out.bias) value += out.bias[j];
      *c = out.add ? *c + value : value;
    }
  }
}

/// A kernel multiplies a packed panel of A with one of B: k rows (floats, or words of two summands), those of b b_stride apart.
using MicroKernel = void (*)(std::int64_t k, const float* a, const float* b, std::int64_t b_stride, const TileOutput& out);

}  // namespace lab::kernels
