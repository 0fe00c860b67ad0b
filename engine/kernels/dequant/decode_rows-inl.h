// Vector decoders of whole rows: what tensor/decode.h does, for the types that weights come in.

#if defined(LAB_DEQUANT_DECODE_ROWS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LAB_DEQUANT_DECODE_ROWS_INL_H_
#undef LAB_DEQUANT_DECODE_ROWS_INL_H_
#else
#define LAB_DEQUANT_DECODE_ROWS_INL_H_
#endif

#include <cstddef>
#include <cstdint>

#include "kernels/dequant/groups-inl.h"
#include "kernels/dequant/k_groups-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lab::kernels::HWY_NAMESPACE {

template <class Block>
inline constexpr int kBlockElements = Block::kElements;
template <>
inline constexpr int kBlockElements<float> = kGroup;
template <>
inline constexpr int kBlockElements<hwy::float16_t> = kGroup;
template <>
inline constexpr int kBlockElements<hwy::bfloat16_t> = kGroup;

/// Group number `group` of a row.
template <class Block>
HWY_INLINE Group<Block> group_of_row(const std::byte* row, std::int64_t group) {
  if constexpr (kBlockElements<Block> == kGroup && sizeof(Block) < 8) {
    return Group<Block>(reinterpret_cast<const Block*>(row) + group * kGroup, 0);
  } else {
    constexpr int kGroups = kBlockElements<Block> / kGroup;
    return Group<Block>(reinterpret_cast<const Block*>(row) + group / kGroups,
                        static_cast<int>(group % kGroups));
  }
}

/// Where decoded groups go: row r, group g, vector i starts at
/// to + r * row_stride + g * group_stride + (i / part) * part_stride + (i % part) * kLanes.
struct DecodedLayout {
  float* to = nullptr;
  std::int64_t row_stride = 0, group_stride = kGroup;
  int part = kGroupVectors;
  std::int64_t part_stride = 0;
};

/// Decodes groups [first, first + groups) of `rows` rows that are row_bytes apart.
using DecodeRows = void (*)(const std::byte* from, std::int64_t row_bytes, std::int64_t rows,
                            std::int64_t first, std::int64_t groups, const DecodedLayout& layout);

template <class Block>
void decode_rows(const std::byte* from, std::int64_t row_bytes, std::int64_t rows,
                 std::int64_t first, std::int64_t groups, const DecodedLayout& layout) {
  std::int64_t place[kGroupVectors];
  for (int i = 0; i < kGroupVectors; ++i)
    place[i] = i / layout.part * layout.part_stride + i % layout.part * kLanes;
  for (std::int64_t r = 0; r < rows; ++r, from += row_bytes) {
    float* to = layout.to + r * layout.row_stride;
    for (std::int64_t g = first; g < first + groups; ++g, to += layout.group_stride) {
      const Group<Block> group = group_of_row<Block>(from, g);
      LAB_UNROLL
      for (int i = 0; i < kGroupVectors; ++i) hn::StoreU(group(i), kFloats, to + place[i]);
    }
  }
}

/// The decoder of a type, or null if it has none here.
inline DecodeRows choose_decoder(DType dtype) {
#if HWY_TARGET != HWY_SCALAR
  switch (dtype) {
    case DType::kF32: return decode_rows<float>;
    case DType::kF16: return decode_rows<hwy::float16_t>;
    case DType::kBF16: return decode_rows<hwy::bfloat16_t>;
    case DType::kQ4_0: return decode_rows<BlockQ4_0>;
    case DType::kQ4_1: return decode_rows<BlockQ4_1>;
    case DType::kQ5_0: return decode_rows<BlockQ5_0>;
    case DType::kQ5_1: return decode_rows<BlockQ5_1>;
    case DType::kQ8_0: return decode_rows<BlockQ8_0>;
    case DType::kQ4_K: return decode_rows<BlockQ4_K>;
    case DType::kQ5_K: return decode_rows<BlockQ5_K>;
    case DType::kQ6_K: return decode_rows<BlockQ6_K>;
    default: break;
  }
#endif
  return nullptr;
}

}  // namespace lab::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
