#include "tensor/encode.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "tensor/blocks.h"
#include "tensor/decode.h"

namespace lab {
namespace {

/// Cuts off the fraction and clamps to 0..top; also for NaN, which a plain cast would leave
/// undefined.
std::uint8_t level(float value, int top) {
  if (value >= static_cast<float>(top)) return static_cast<std::uint8_t>(top);
  return value > 0 ? static_cast<std::uint8_t>(value) : std::uint8_t{0};
}

/// 1/d, or 0 for a block of zeros.
float inverse(float d) { return d != 0 ? 1 / d : 0; }

/// The value of the largest magnitude, the first of equals: it takes the level -8 or -16 exactly.
float extreme(const float* x) {
  float best = 0, magnitude = 0;
  for (int j = 0; j < 32; ++j)
    if (magnitude < std::fabs(x[j])) {
      best = x[j];
      magnitude = std::fabs(x[j]);
    }
  return best;
}

struct MinMax {
  float min, max;
};
MinMax min_max(const float* x) {
  const auto [min, max] = std::minmax_element(x, x + 32);
  return {*min, *max};
}

void set_nibbles(const std::uint8_t* q, std::uint8_t* qs) {
  for (int j = 0; j < 16; ++j)
    qs[j] = static_cast<std::uint8_t>((q[j] & 15) | (q[j + 16] & 15) << 4);
}

std::uint32_t fifth_bits(const std::uint8_t* q) {
  std::uint32_t bits = 0;
  for (int j = 0; j < 32; ++j) bits |= static_cast<std::uint32_t>(q[j] >> 4 & 1) << j;
  return bits;
}

void encode_block(const float* x, BlockQ4_0& b) {
  const float d = extreme(x) / -8, id = inverse(d);
  std::uint8_t q[32];
  for (int j = 0; j < 32; ++j) q[j] = level(x[j] * id + 8.5f, 15);
  b.d = float_to_half(d);
  set_nibbles(q, b.qs);
}

void encode_block(const float* x, BlockQ4_1& b) {
  const auto [min, max] = min_max(x);
  const float d = (max - min) / 15, id = inverse(d);
  std::uint8_t q[32];
  for (int j = 0; j < 32; ++j) q[j] = level((x[j] - min) * id + 0.5f, 15);
  b.d = float_to_half(d);
  b.m = float_to_half(min);
  set_nibbles(q, b.qs);
}

void encode_block(const float* x, BlockQ5_0& b) {
  const float d = extreme(x) / -16, id = inverse(d);
  std::uint8_t q[32];
  for (int j = 0; j < 32; ++j) q[j] = level(x[j] * id + 16.5f, 31);
  b.d = float_to_half(d);
  b.qh = fifth_bits(q);
  set_nibbles(q, b.qs);
}

void encode_block(const float* x, BlockQ5_1& b) {
  const auto [min, max] = min_max(x);
  const float d = (max - min) / 31, id = inverse(d);
  std::uint8_t q[32];
  for (int j = 0; j < 32; ++j) q[j] = level((x[j] - min) * id + 0.5f, 31);
  b.d = float_to_half(d);
  b.m = float_to_half(min);
  b.qh = fifth_bits(q);
  set_nibbles(q, b.qs);
}

void encode_block(const float* x, BlockQ8_0& b) {
  const float d = std::fabs(extreme(x)) / 127, id = inverse(d);
  b.d = float_to_half(d);
  for (int j = 0; j < 32; ++j) {
    const float rounded = std::round(x[j] * id);  // halves go away from zero
    // A subnormal d has an infinite inverse, and 0 times that is NaN.
    b.qs[j] = std::isnan(rounded) ? std::int8_t{0}
                                  : static_cast<std::int8_t>(std::clamp(rounded, -128.0f, 127.0f));
  }
}

template <class Block>
void encode_blocks(const float* values, std::int64_t elements, std::byte* out) {
  auto* block = reinterpret_cast<Block*>(out);  // packed: any address will do
  for (std::int64_t i = 0; i < elements; i += Block::kElements) encode_block(values + i, *block++);
}

template <class Convert>
void encode_halves(const float* values, std::int64_t elements, std::byte* out, Convert convert) {
  for (std::int64_t i = 0; i < elements; ++i) {
    const std::uint16_t half = convert(values[i]);
    std::memcpy(out + 2 * i, &half, sizeof half);
  }
}

}  // namespace

bool is_encodable(DType dtype) {
  switch (dtype) {
    case DType::kF32: case DType::kF16: case DType::kBF16: case DType::kQ4_0: case DType::kQ4_1:
    case DType::kQ5_0: case DType::kQ5_1: case DType::kQ8_0:
      return true;
    default: return false;
  }
}

void encode(DType dtype, const float* values, std::int64_t elements, std::byte* out) {
  switch (dtype) {
    case DType::kF32:
      if (elements > 0)
        std::memcpy(out, values, static_cast<std::size_t>(elements) * sizeof *values);
      return;
    case DType::kF16: return encode_halves(values, elements, out, float_to_half);
    case DType::kBF16: return encode_halves(values, elements, out, float_to_bfloat16);
    case DType::kQ4_0: return encode_blocks<BlockQ4_0>(values, elements, out);
    case DType::kQ4_1: return encode_blocks<BlockQ4_1>(values, elements, out);
    case DType::kQ5_0: return encode_blocks<BlockQ5_0>(values, elements, out);
    case DType::kQ5_1: return encode_blocks<BlockQ5_1>(values, elements, out);
    case DType::kQ8_0: return encode_blocks<BlockQ8_0>(values, elements, out);
    default: return;
  }
}

}  // namespace lab
