// The numbers by which GGUF files name tensor types, and the sizes of metadata values.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "file/gguf.h"
#include "tensor/dtype.h"

namespace lab {

inline constexpr std::uint32_t kGgufMagic = 0x46554747;  // "GGUF"
inline constexpr std::uint64_t kGgufDefaultAlignment = 32;
inline constexpr std::string_view kGgufAlignmentKey = "general.alignment";

/// The type of ggml's number `id` (enum ggml_type), if it is one that DType has.
std::optional<DType> dtype_from_ggml(std::uint32_t id);
/// The inverse; nullopt for types that GGUF files cannot hold (unsigned integers, bool).
std::optional<std::uint32_t> ggml_from_dtype(DType dtype);
/// ggml's name of a type that DType lacks ("IQ2_XXS"), or "removed" or "unknown".
std::string_view other_ggml_type(std::uint32_t id);

/// Bytes of one metadata value; 0 for strings and arrays, whose size varies.
std::uint64_t gguf_value_bytes(GgufType type);

}  // namespace lab
