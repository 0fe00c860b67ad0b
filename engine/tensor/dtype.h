// Element types of tensors in files and in memory, with the sizes of their blocks.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace lab {

enum class DType : std::uint8_t {
  kF32, kF16, kBF16, kF64,
  kI8, kI16, kI32, kI64, kU8, kU16, kU32, kU64, kBool,
  // GGUF blocks; the layouts are in tensor/blocks.h.
  kQ4_0, kQ4_1, kQ5_0, kQ5_1, kQ8_0,
  kQ2_K, kQ3_K, kQ4_K, kQ5_K, kQ6_K,
  kIQ4_NL, kIQ4_XS,
};

struct DTypeInfo {
  std::string_view name;        ///< "F32", "Q4_1": the name that files and messages use
  std::uint32_t block_elements; ///< elements a block, 1 for plain types
  std::uint32_t block_bytes;
  bool decodable;               ///< tensor/decode.h can turn it into float32
};

const DTypeInfo& info(DType dtype);
inline std::string_view name(DType dtype) { return info(dtype).name; }
inline bool is_quantised(DType dtype) { return info(dtype).block_elements > 1; }

/// Bytes of `elements` consecutive elements; nullopt if they are no whole number of blocks or the
/// product overflows.
std::optional<std::uint64_t> storage_bytes(DType dtype, std::uint64_t elements);

/// The type that a safetensors header names ("F32", "BF16", "I64"), if it is known.
std::optional<DType> dtype_from_safetensors(std::string_view name);

}  // namespace lab
