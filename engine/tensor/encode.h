// Encoders: float32 -> the types that LoRA Lab writes, byte for byte as ggml's reference
// quantisers.
#pragma once

#include <cstddef>
#include <cstdint>

#include "tensor/dtype.h"

namespace lab {

/// F32, F16, BF16, Q4_0, Q4_1, Q5_0, Q5_1, Q8_0.
bool is_encodable(DType dtype);

/// Encodes `elements` elements (a whole number of blocks) into out, which has storage_bytes() room.
/// `dtype` must be encodable. Formulas: ggml's quantize_row_*_ref (ggml-quants.c). A block with a
/// value that is not finite yields some block: check for those before.
void encode(DType dtype, const float* values, std::int64_t elements, std::byte* out);

}  // namespace lab
