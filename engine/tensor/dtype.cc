#include "tensor/dtype.h"

#include <array>

#include "base/checked.h"
#include "tensor/blocks.h"

namespace lab {
namespace {

template <class Block>
constexpr DTypeInfo block_info(std::string_view name) {
  return {name, Block::kElements, sizeof(Block), true};
}

// In the order of the enumeration.
constexpr std::array kInfo{
    DTypeInfo{"F32", 1, 4, true},      DTypeInfo{"F16", 1, 2, true},
    DTypeInfo{"BF16", 1, 2, true},     DTypeInfo{"F64", 1, 8, true},
    DTypeInfo{"I8", 1, 1, false},      DTypeInfo{"I16", 1, 2, false},
    DTypeInfo{"I32", 1, 4, false},     DTypeInfo{"I64", 1, 8, false},
    DTypeInfo{"U8", 1, 1, false},      DTypeInfo{"U16", 1, 2, false},
    DTypeInfo{"U32", 1, 4, false},     DTypeInfo{"U64", 1, 8, false},
    DTypeInfo{"BOOL", 1, 1, false},    block_info<BlockQ4_0>("Q4_0"),
    block_info<BlockQ4_1>("Q4_1"),     block_info<BlockQ5_0>("Q5_0"),
    block_info<BlockQ5_1>("Q5_1"),     block_info<BlockQ8_0>("Q8_0"),
    block_info<BlockQ2_K>("Q2_K"),     block_info<BlockQ3_K>("Q3_K"),
    block_info<BlockQ4_K>("Q4_K"),     block_info<BlockQ5_K>("Q5_K"),
    block_info<BlockQ6_K>("Q6_K"),     block_info<BlockIQ4_NL>("IQ4_NL"),
    block_info<BlockIQ4_XS>("IQ4_XS"),
};
static_assert(kInfo.size() == static_cast<std::size_t>(DType::kIQ4_XS) + 1);

constexpr const DTypeInfo& entry(DType dtype) { return kInfo[static_cast<std::size_t>(dtype)]; }

// The sizes of the format's table: a block that the compiler laid out otherwise must not build.
static_assert(entry(DType::kQ4_0).block_bytes == 18 && entry(DType::kQ4_1).block_bytes == 20);
static_assert(entry(DType::kQ5_0).block_bytes == 22 && entry(DType::kQ5_1).block_bytes == 24);
static_assert(entry(DType::kQ8_0).block_bytes == 34 && entry(DType::kQ2_K).block_bytes == 84);
static_assert(entry(DType::kQ3_K).block_bytes == 110 && entry(DType::kQ4_K).block_bytes == 144);
static_assert(entry(DType::kQ5_K).block_bytes == 176 && entry(DType::kQ6_K).block_bytes == 210);
static_assert(entry(DType::kIQ4_NL).block_bytes == 18 && entry(DType::kIQ4_XS).block_bytes == 136);

}  // namespace

const DTypeInfo& info(DType dtype) { return entry(dtype); }

std::optional<std::uint64_t> storage_bytes(DType dtype, std::uint64_t elements) {
  const DTypeInfo& type = entry(dtype);
  if (elements % type.block_elements != 0) return std::nullopt;
  return checked_mul<std::uint64_t>(elements / type.block_elements, type.block_bytes);
}

std::optional<DType> dtype_from_safetensors(std::string_view name) {
  for (std::size_t i = 0; i < kInfo.size() && kInfo[i].block_elements == 1; ++i)
    if (kInfo[i].name == name) return static_cast<DType>(i);
  return std::nullopt;
}

}  // namespace lab
