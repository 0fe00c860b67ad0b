#include "tensor/decode.h"

#include <bit>
#include <cstring>

#include "tensor/blocks.h"

namespace lab {
namespace {

static_assert(std::endian::native == std::endian::little, "files are little-endian, read in place");

// One overload a block type; the formulas are those of ggml's dequantize_row_* (ggml-quants.c).
// The order of the float operations is part of the format: results must be the same to the bit.

void decode_block(const BlockQ4_0& b, float* y) {
  const float d = half_to_float(b.d);
  for (int j = 0; j < 16; ++j) {
    y[j] = static_cast<float>((b.qs[j] & 15) - 8) * d;
    y[j + 16] = static_cast<float>((b.qs[j] >> 4) - 8) * d;
  }
}

void decode_block(const BlockQ4_1& b, float* y) {
  const float d = half_to_float(b.d), m = half_to_float(b.m);
  for (int j = 0; j < 16; ++j) {
    y[j] = static_cast<float>(b.qs[j] & 15) * d + m;
    y[j + 16] = static_cast<float>(b.qs[j] >> 4) * d + m;
  }
}

/// The five bits of element j (0..31).
int five_bits(const std::uint8_t* qs, std::uint32_t qh, int j) {
  const int low = j < 16 ? qs[j] & 15 : qs[j - 16] >> 4;
  return low | static_cast<int>(qh >> j & 1) << 4;
}

void decode_block(const BlockQ5_0& b, float* y) {
  const float d = half_to_float(b.d);
  for (int j = 0; j < 32; ++j) y[j] = static_cast<float>(five_bits(b.qs, b.qh, j) - 16) * d;
}

void decode_block(const BlockQ5_1& b, float* y) {
  const float d = half_to_float(b.d), m = half_to_float(b.m);
  for (int j = 0; j < 32; ++j) y[j] = static_cast<float>(five_bits(b.qs, b.qh, j)) * d + m;
}

void decode_block(const BlockQ8_0& b, float* y) {
  const float d = half_to_float(b.d);
  for (int j = 0; j < 32; ++j) y[j] = static_cast<float>(b.qs[j]) * d;
}

void decode_block(const BlockQ2_K& b, float* y) {
  const float d = half_to_float(b.d), dmin = half_to_float(b.dmin);
  for (int j = 0; j < 256; ++j) {
    const std::uint8_t scale = b.scales[j / 16];
    // 128 elements share 32 bytes: two bits of each byte for every run of 32 elements.
    const int q = b.qs[j / 128 * 32 + j % 32] >> (j / 32 % 4 * 2) & 3;
    y[j] = d * static_cast<float>(scale & 15) * static_cast<float>(q) -
           dmin * static_cast<float>(scale >> 4);
  }
}

void decode_block(const BlockQ3_K& b, float* y) {
  const float d = half_to_float(b.d);
  for (int j = 0; j < 256; ++j) {
    const int s = j / 16;
    // Low nibbles of the 16 scales lie in bytes 0..7, their upper two bits in bytes 8..11.
    const int low = s < 8 ? b.scales[s] & 15 : b.scales[s - 8] >> 4;
    const int scale = (low | (b.scales[8 + s % 4] >> (s / 4 * 2) & 3) << 4) - 32;
    const int q = b.qs[j / 128 * 32 + j % 32] >> (j / 32 % 4 * 2) & 3;
    const int high = b.hmask[j % 32] >> (j / 32) & 1;
    y[j] = d * static_cast<float>(scale) * static_cast<float>(q - (high ? 0 : 4));
  }
}

void decode_block(const BlockQ4_K& b, float* y) {
  const float d = half_to_float(b.d), dmin = half_to_float(b.dmin);
  for (int group = 0; group < 8; ++group) {
    const auto [scale, min] = scale_and_min(b.scales, group);
    const float d1 = d * static_cast<float>(scale), m1 = dmin * static_cast<float>(min);
    const std::uint8_t* qs = b.qs + group / 2 * 32;
    for (int l = 0; l < 32; ++l)
      *y++ = d1 * static_cast<float>(group % 2 == 0 ? qs[l] & 15 : qs[l] >> 4) - m1;
  }
}

void decode_block(const BlockQ5_K& b, float* y) {
  const float d = half_to_float(b.d), dmin = half_to_float(b.dmin);
  for (int group = 0; group < 8; ++group) {
    const auto [scale, min] = scale_and_min(b.scales, group);
    const float d1 = d * static_cast<float>(scale), m1 = dmin * static_cast<float>(min);
    const std::uint8_t* qs = b.qs + group / 2 * 32;
    for (int l = 0; l < 32; ++l) {
      const int low = group % 2 == 0 ? qs[l] & 15 : qs[l] >> 4;
      *y++ = d1 * static_cast<float>(low | (b.qh[l] >> group & 1) << 4) - m1;
    }
  }
}

void decode_block(const BlockQ6_K& b, float* y) {
  const float d = half_to_float(b.d);
  for (int j = 0; j < 256; ++j) {
    const int half = j / 128, quarter = j / 32 % 4, l = j % 32;
    const std::uint8_t ql = b.ql[half * 64 + quarter % 2 * 32 + l];
    const int low = quarter < 2 ? ql & 15 : ql >> 4;
    const int high = b.qh[half * 32 + l] >> (quarter * 2) & 3;
    y[j] = d * static_cast<float>(b.scales[j / 16]) * static_cast<float>((low | high << 4) - 32);
  }
}

void decode_block(const BlockIQ4_NL& b, float* y) {
  const float d = half_to_float(b.d);
  for (int j = 0; j < 16; ++j) {
    y[j] = d * static_cast<float>(kIq4Values[b.qs[j] & 15]);
    y[j + 16] = d * static_cast<float>(kIq4Values[b.qs[j] >> 4]);
  }
}

void decode_block(const BlockIQ4_XS& b, float* y) {
  const float d = half_to_float(b.d);
  for (int group = 0; group < 8; ++group, y += 32) {
    const int low = b.scales_l[group / 2] >> (group % 2 * 4) & 15;
    const int high = b.scales_h >> (group * 2) & 3;
    const float d1 = d * static_cast<float>((low | high << 4) - 32);
    for (int j = 0; j < 16; ++j) {
      const std::uint8_t q = b.qs[group * 16 + j];
      y[j] = d1 * static_cast<float>(kIq4Values[q & 15]);
      y[j + 16] = d1 * static_cast<float>(kIq4Values[q >> 4]);
    }
  }
}

template <class Block>
void decode_blocks(const std::byte* blocks, std::int64_t elements, float* out) {
  const auto* block = reinterpret_cast<const Block*>(blocks);  // packed: any address will do
  for (std::int64_t i = 0; i < elements; i += Block::kElements) decode_block(*block++, out + i);
}

template <class Element, class Convert>
void decode_plain(const std::byte* bytes, std::int64_t elements, float* out, Convert convert) {
  for (std::int64_t i = 0; i < elements; ++i) {
    Element element;
    std::memcpy(&element, bytes + i * static_cast<std::int64_t>(sizeof element), sizeof element);
    out[i] = convert(element);
  }
}

}  // namespace

void decode(DType dtype, const std::byte* blocks, std::int64_t elements, float* out) {
  switch (dtype) {
    case DType::kF32:
      if (elements > 0) std::memcpy(out, blocks, static_cast<std::size_t>(elements) * sizeof *out);
      return;
    case DType::kF16: return decode_plain<std::uint16_t>(blocks, elements, out, half_to_float);
    case DType::kBF16: return decode_plain<std::uint16_t>(blocks, elements, out, bfloat16_to_float);
    case DType::kF64:
      return decode_plain<double>(blocks, elements, out,
                                  [](double value) { return static_cast<float>(value); });
    case DType::kQ4_0: return decode_blocks<BlockQ4_0>(blocks, elements, out);
    case DType::kQ4_1: return decode_blocks<BlockQ4_1>(blocks, elements, out);
    case DType::kQ5_0: return decode_blocks<BlockQ5_0>(blocks, elements, out);
    case DType::kQ5_1: return decode_blocks<BlockQ5_1>(blocks, elements, out);
    case DType::kQ8_0: return decode_blocks<BlockQ8_0>(blocks, elements, out);
    case DType::kQ2_K: return decode_blocks<BlockQ2_K>(blocks, elements, out);
    case DType::kQ3_K: return decode_blocks<BlockQ3_K>(blocks, elements, out);
    case DType::kQ4_K: return decode_blocks<BlockQ4_K>(blocks, elements, out);
    case DType::kQ5_K: return decode_blocks<BlockQ5_K>(blocks, elements, out);
    case DType::kQ6_K: return decode_blocks<BlockQ6_K>(blocks, elements, out);
    case DType::kIQ4_NL: return decode_blocks<BlockIQ4_NL>(blocks, elements, out);
    case DType::kIQ4_XS: return decode_blocks<BlockIQ4_XS>(blocks, elements, out);
    // Integers are not weights; info(dtype).decodable tells the caller beforehand.
    case DType::kI8: case DType::kI16: case DType::kI32: case DType::kI64:
    case DType::kU8: case DType::kU16: case DType::kU32: case DType::kU64: case DType::kBool:
      return;
  }
}

}  // namespace lab
