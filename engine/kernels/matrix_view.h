// MatrixView sees a row-major matrix of any stored type; rows may be quantised blocks.
#pragma once

#include <cstddef>
#include <cstdint>

#include "tensor/dtype.h"

namespace lab::kernels {

struct MatrixView {
  const std::byte* data = nullptr;
  DType dtype = DType::kF32;
  std::int64_t rows = 0, cols = 0;
  std::int64_t row_bytes = 0;  ///< from one row to the next
};

/// A float32 matrix with `row_stride` floats from one row to the next.
inline MatrixView float_matrix(const float* data, std::int64_t rows, std::int64_t cols,
                               std::int64_t row_stride) {
  return {reinterpret_cast<const std::byte*>(data), DType::kF32, rows, cols,
          row_stride * static_cast<std::int64_t>(sizeof(float))};
}

}  // namespace lab::kernels
