// Matrices of random stored blocks, for tests.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <vector>

#include "base/rng.h"
#include "kernels/isa.h"
#include "kernels/matrix_view.h"
#include "tensor/blocks.h"
#include "tensor/decode.h"

namespace lab::kernels {

/// An instruction set's name as GoogleTest wants it.
inline std::string test_name(Isa isa) {
  std::string text(name(isa));
  std::erase(text, '-');
  return text;
}

inline constexpr DType kDecodableTypes[] = {
    DType::kF32,  DType::kF64,  DType::kF16,  DType::kBF16, DType::kQ4_0, DType::kQ4_1,
    DType::kQ5_0, DType::kQ5_1, DType::kQ8_0, DType::kQ2_K, DType::kQ3_K, DType::kQ4_K,
    DType::kQ5_K, DType::kQ6_K, DType::kIQ4_NL, DType::kIQ4_XS};

inline std::vector<float> random_floats(std::int64_t count, std::uint32_t substream) {
  const Philox philox(7, Stream::kInit, substream);
  std::vector<float> values(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = 2 * philox.uniform(i) - 1;
  return values;
}

/// A stored matrix with random contents, and its decoded values.
struct Stored {
  std::vector<std::byte> bytes;
  std::vector<float> values;
  MatrixView view;
};

/// Where a block's half-precision scales lie; the second is -1 if there is one only.
inline std::array<std::int64_t, 2> scale_offsets(DType dtype) {
  switch (dtype) {
    case DType::kQ4_1: case DType::kQ5_1: case DType::kQ4_K: case DType::kQ5_K: return {0, 2};
    case DType::kQ2_K: return {offsetof(BlockQ2_K, d), offsetof(BlockQ2_K, dmin)};
    case DType::kQ3_K: return {offsetof(BlockQ3_K, d), -1};
    case DType::kQ6_K: return {offsetof(BlockQ6_K, d), -1};
    default: return {0, -1};
  }
}

/// A row of plain numbers in (-1, 1), or of blocks of random bits with scales in (0.25, 0.75).
inline void fill_row(DType dtype, std::span<std::byte> row, const std::vector<float>& numbers) {
  const DTypeInfo& type = info(dtype);
  for (std::size_t i = 0; type.block_elements == 1 && i < numbers.size(); ++i) {
    const float value = numbers[i];
    const double wide = value;
    const std::uint16_t half = float_to_half(value), brain = float_to_bfloat16(value);
    const void* from = dtype == DType::kF64   ? static_cast<const void*>(&wide)
                       : dtype == DType::kF16 ? &half
                       : dtype == DType::kBF16 ? static_cast<const void*>(&brain)
                                               : &value;
    std::memcpy(&row[i * type.block_bytes], from, type.block_bytes);
  }
  if (type.block_elements == 1) return;
  for (std::size_t i = 0; i < row.size(); ++i)
    row[i] = static_cast<std::byte>(
        static_cast<int>((numbers[i % numbers.size()] + 1) * 1000.0f * static_cast<float>(i % 7 + 1)));
  for (std::size_t at = 0; at + type.block_bytes <= row.size(); at += type.block_bytes) {
    for (std::int64_t offset : scale_offsets(dtype)) {
      const std::uint16_t half = float_to_half(0.5f + 0.25f * numbers[at % numbers.size()]);
      if (offset >= 0) std::memcpy(&row[at + static_cast<std::size_t>(offset)], &half, sizeof half);
    }
  }
}

/// Rows are storage_bytes + extra_bytes apart; quantised ones begin at odd addresses if that is odd.
inline Stored random_stored(DType dtype, std::int64_t rows, std::int64_t cols,
                            std::uint32_t substream, std::int64_t extra_bytes = 0) {
  Stored s;
  const auto used = *storage_bytes(dtype, static_cast<std::uint64_t>(cols));
  const std::int64_t row_bytes = static_cast<std::int64_t>(used) + extra_bytes;
  s.bytes.resize(static_cast<std::size_t>(rows * row_bytes) + 1);
  s.values.resize(static_cast<std::size_t>(rows * cols));
  for (std::int64_t i = 0; i < rows; ++i) {
    const auto numbers = random_floats(cols, substream * 4096 + static_cast<std::uint32_t>(i));
    fill_row(dtype, std::span(&s.bytes[i * row_bytes], used), numbers);
    decode(dtype, &s.bytes[i * row_bytes], cols, s.values.data() + i * cols);
  }
  s.view = {s.bytes.data(), dtype, rows, cols, row_bytes};
  return s;
}

}  // namespace lab::kernels
