// Sizes of stored operands and of products, as the count device adds them up.
#pragma once

#include <cstdint>

#include "tensor/dtype.h"

namespace lab::count {

inline std::uint64_t integers(std::int64_t count) { return 4 * static_cast<std::uint64_t>(count); }

/// Bytes of a stored matrix, whose rows are whole blocks.
inline std::uint64_t stored(DType dtype, std::int64_t rows, std::int64_t cols) {
  const DTypeInfo& type = info(dtype);
  return static_cast<std::uint64_t>(rows) * static_cast<std::uint64_t>(cols) / type.block_elements *
         type.block_bytes;
}

/// 2 FLOPs a multiply-add of a product [m, k] x [k, n].
inline std::uint64_t product_flops(std::int64_t m, std::int64_t k, std::int64_t n) {
  return 2 * static_cast<std::uint64_t>(m) * static_cast<std::uint64_t>(k) *
         static_cast<std::uint64_t>(n);
}

}  // namespace lab::count
