#include "device/reference/weight_rows.h"

#include <cstddef>
#include <cstring>
#include <vector>

#include "tensor/decode.h"

namespace lab::reference {

void weight_row(const Weight& weight, std::int64_t row, double* out) {
  const DTypeInfo& type = info(weight.dtype);
  const auto cols = static_cast<std::size_t>(weight.cols);
  const std::size_t row_bytes = cols / type.block_elements * type.block_bytes;
  const std::byte* stored = reinterpret_cast<const std::byte*>(weight.address) +
                            static_cast<std::size_t>(row) * row_bytes;
  if (weight.dtype == DType::kF64) {
    std::memcpy(out, stored, row_bytes);  // a file may place doubles at any address
    return;
  }
  std::vector<float> decoded(cols);
  decode(weight.dtype, stored, weight.cols, decoded.data());
  for (std::size_t i = 0; i < cols; ++i) out[i] = decoded[i];
}

}  // namespace lab::reference
