// Vector decoders of whole rows: what tensor/decode.h does, for the types that weights come in.

#if defined(LAB_DEQUANT_DECODE_ROWS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LAB_DEQUANT_DECODE_ROWS_INL_H_
#undef LAB_DEQUANT_DECODE_ROWS_INL_H_
#else
#define LAB_DEQUANT_DECODE_ROWS_INL_H_
#endif

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "kernels/dequant/groups-inl.h"
#include "kernels/dequant/k_groups-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lab::kernels::HWY_NAMESPACE {

template <class T>
inline constexpr bool kIsNumber = std::is_floating_point_v<T> ||
                                  std::is_same_v<T, hwy::float16_t> ||
                                  std::is_same_v<T, hwy::bfloat16_t>;

/// How a row divides: numbers are read as blocks of one group.
template <class Block>
inline constexpr std::int64_t kBlockGroups = 1;
template <class Block>
  requires(!kIsNumber<Block>)
inline constexpr std::int64_t kBlockGroups<Block> = Block::kElements / kGroup;

template <class Block>
inline constexpr std::size_t kBlockBytes = sizeof(Block) * (kIsNumber<Block> ? kGroup : 1);

template <class Block>
HWY_INLINE const Block* block_of_row(const std::byte* row, std::int64_t block) {
  return reinterpret_cast<const Block*>(row) + block * (kIsNumber<Block> ? kGroup : 1);
}

/// Calls visit.template operator()<Block>() with the block of a decodable type.
template <class Visit>
auto with_block(DType dtype, const Visit& visit) {
  switch (dtype) {
    case DType::kF16: return visit.template operator()<hwy::float16_t>();
    case DType::kBF16: return visit.template operator()<hwy::bfloat16_t>();
    case DType::kQ4_0: return visit.template operator()<BlockQ4_0>();
    case DType::kQ4_1: return visit.template operator()<BlockQ4_1>();
    case DType::kQ5_0: return visit.template operator()<BlockQ5_0>();
    case DType::kQ5_1: return visit.template operator()<BlockQ5_1>();
    case DType::kQ8_0: return visit.template operator()<BlockQ8_0>();
    case DType::kQ2_K: return visit.template operator()<BlockQ2_K>();
    case DType::kQ3_K: return visit.template operator()<BlockQ3_K>();
    case DType::kQ4_K: return visit.template operator()<BlockQ4_K>();
    case DType::kQ5_K: return visit.template operator()<BlockQ5_K>();
    case DType::kQ6_K: return visit.template operator()<BlockQ6_K>();
    case DType::kIQ4_NL: return visit.template operator()<BlockIQ4_NL>();
    case DType::kIQ4_XS: return visit.template operator()<BlockIQ4_XS>();
    case DType::kF64: return visit.template operator()<double>();
    default: return visit.template operator()<float>();
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
      const Group<Block> group(block_of_row<Block>(from, g / kBlockGroups<Block>),
                               static_cast<int>(g % kBlockGroups<Block>));
      LAB_UNROLL
      for (int i = 0; i < kGroupVectors; ++i) hn::StoreU(group(i), kFloats, to + place[i]);
    }
  }
}

/// The decoder of a decodable type.
inline DecodeRows choose_decoder(DType dtype) {
  return with_block(dtype, []<class Block>() -> DecodeRows { return decode_rows<Block>; });
}

}  // namespace lab::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
