#include "file/gguf_types.h"

#include <utility>

namespace lab {
namespace {

constexpr std::pair<std::uint32_t, DType> kTypes[] = {
    {0, DType::kF32},   {1, DType::kF16},     {2, DType::kQ4_0},    {3, DType::kQ4_1},
    {6, DType::kQ5_0},  {7, DType::kQ5_1},    {8, DType::kQ8_0},    {10, DType::kQ2_K},
    {11, DType::kQ3_K}, {12, DType::kQ4_K},   {13, DType::kQ5_K},   {14, DType::kQ6_K},
    {20, DType::kIQ4_NL}, {23, DType::kIQ4_XS}, {24, DType::kI8},   {25, DType::kI16},
    {26, DType::kI32},  {27, DType::kI64},    {28, DType::kF64},    {30, DType::kBF16},
};

constexpr std::pair<std::uint32_t, std::string_view> kOthers[] = {
    {9, "Q8_1"},      {15, "Q8_K"},   {16, "IQ2_XXS"}, {17, "IQ2_XS"}, {18, "IQ3_XXS"},
    {19, "IQ1_S"},    {21, "IQ3_S"},  {22, "IQ2_S"},   {29, "IQ1_M"},  {34, "TQ1_0"},
    {35, "TQ2_0"},    {39, "MXFP4"},  {4, "removed"},  {5, "removed"}, {31, "removed"},
    {32, "removed"},  {33, "removed"}, {36, "removed"}, {37, "removed"}, {38, "removed"},
};

}  // namespace

std::optional<DType> dtype_from_ggml(std::uint32_t id) {
  for (const auto& [number, dtype] : kTypes)
    if (number == id) return dtype;
  return std::nullopt;
}

std::optional<std::uint32_t> ggml_from_dtype(DType dtype) {
  for (const auto& [number, type] : kTypes)
    if (type == dtype) return number;
  return std::nullopt;
}

std::string_view other_ggml_type(std::uint32_t id) {
  for (const auto& [number, name] : kOthers)
    if (number == id) return name;
  return "unknown";
}

std::uint64_t gguf_value_bytes(GgufType type) {
  switch (type) {
    case GgufType::kU8: case GgufType::kI8: case GgufType::kBool: return 1;
    case GgufType::kU16: case GgufType::kI16: return 2;
    case GgufType::kU32: case GgufType::kI32: case GgufType::kF32: return 4;
    case GgufType::kU64: case GgufType::kI64: case GgufType::kF64: return 8;
    case GgufType::kString: case GgufType::kArray: return 0;
  }
  return 0;
}

}  // namespace lab
