// Device handles of the CPU device as pointers and matrix views.
#pragma once

#include <cstddef>
#include <cstdint>

#include "device/device.h"
#include "kernels/matrix_view.h"

namespace lab::cpu {

/// Null where the handle is empty.
inline float* data(Reals reals) {
  return reals ? reinterpret_cast<float*>(reals.address) : nullptr;
}
inline std::int32_t* data(Ints ints) { return reinterpret_cast<std::int32_t*>(ints.address); }

inline kernels::MatrixView view(const Weight& weight) {
  const DTypeInfo& type = info(weight.dtype);
  return {reinterpret_cast<const std::byte*>(weight.address), weight.dtype, weight.rows,
          weight.cols, weight.cols / type.block_elements * type.block_bytes};
}

/// Contiguous floats as a matrix.
inline kernels::MatrixView view(Reals values, std::int64_t rows, std::int64_t cols) {
  return kernels::float_matrix(data(values), rows, cols, cols);
}

inline kernels::MatrixView rows_of(kernels::MatrixView matrix, std::int64_t first,
                                   std::int64_t rows) {
  matrix.data += first * matrix.row_bytes;
  matrix.rows = rows;
  return matrix;
}

}  // namespace lab::cpu
