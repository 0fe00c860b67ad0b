// TensorView sees a named block of typed memory that someone else owns.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "tensor/dtype.h"

namespace lab {

/// Row-major; shape[0] is the slowest dimension (safetensors order; GGUF's ne[] reversed).
struct TensorView {
  DType dtype = DType::kF32;
  std::vector<std::uint64_t> shape;
  std::span<const std::byte> bytes;

  std::uint64_t elements() const {
    std::uint64_t product = 1;
    for (auto dim : shape) product *= dim;
    return product;
  }
};

}  // namespace lab
