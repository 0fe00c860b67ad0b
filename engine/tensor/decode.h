// Decoders: stored elements of any decodable type -> float32, exactly.
#pragma once

#include <cstddef>
#include <cstdint>

#include "tensor/dtype.h"

namespace lab {

/// Decodes `elements` elements (a whole number of blocks) that start at `blocks` into out.
/// Plain portable loops: the reference for every fast decoder, itself checked against gguf-py.
void decode(DType dtype, const std::byte* blocks, std::int64_t elements, float* out);

float half_to_float(std::uint16_t half);
std::uint16_t float_to_half(float value);       ///< round to nearest, ties to even
float bfloat16_to_float(std::uint16_t bits);
std::uint16_t float_to_bfloat16(float value);   ///< round to nearest, ties to even

}  // namespace lab
