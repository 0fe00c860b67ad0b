// What the forward and backward of attention share: how queries, heads and keys form tiles.
//
// The heads of a group use the same keys, so for one head of keys the "columns" c = query * group +
// head form one long list of queries; a tile takes consecutive ones whatever the group's size.

#if defined(LAB_ATTENTION_TILE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LAB_ATTENTION_TILE_INL_H_
#undef LAB_ATTENTION_TILE_INL_H_
#else
#define LAB_ATTENTION_TILE_INL_H_
#endif

#include <algorithm>
#include <cstdint>
#include <numbers>

#include "kernels/attention/attention.h"
#include "kernels/attention/layout.h"
#include "kernels/attention/product-inl.h"
#include "kernels/gemm/transpose-inl.h"
#include "kernels/lanes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lab::kernels::HWY_NAMESPACE {

static_assert(kAttentionColumns % kRowStep == 0 && kAttentionKeys % kRowStep == 0);
static_assert(kAttentionKeys % kLanes == 0 && kAttentionWidestVector % kLanes == 0);

inline constexpr float kLog2E = std::numbers::log2e_v<float>;

HWY_INLINE std::int64_t whole_vectors(std::int64_t floats) {
  return (floats + kLanes - 1) / kLanes * kLanes;
}

/// Rows of a tile, rounded up to what multiply_tiles() reads and writes.
HWY_INLINE int padded_rows(std::int64_t rows) {
  return static_cast<int>((rows + kRowStep - 1) / kRowStep * kRowStep);
}

/// The rows [begin, begin + count) of a tile of columns; begin, and the end unless it is the tile's, are multiples of kRowStep.
struct Rows {
  std::int64_t begin = 0, count = 0;
  std::int64_t end() const { return begin + count; }
};

/// Of the columns [first, first + count): those that see any of the keys [key, key + keys).
inline Rows rows_that_see(const Attention& p, std::int64_t first, std::int64_t count,
                          std::int64_t key, std::int64_t keys) {
  const std::int64_t group = p.heads / p.kv_heads;
  std::int64_t begin = 0, end = count;
  while (begin < end && p.key_end[(first + begin) / group] <= key) ++begin;
  while (end > begin && p.key_begin[(first + end - 1) / group] >= key + keys) --end;
  if (begin == end) return {};
  begin = begin / kRowStep * kRowStep;
  return {begin, std::min<std::int64_t>(padded_rows(end), count) - begin};
}

/// Copies columns [first, first + count) of a [queries, heads * head_dim] matrix to the rows of a
/// tile, `stride` floats apart, and zeroes what pads them.
inline void load_columns(const Attention& p, const float* from, std::int64_t kv_head,
                         std::int64_t first, std::int64_t count, std::int64_t stride, float* to) {
  const std::int64_t group = p.heads / p.kv_heads;
  for (std::int64_t i = 0; i < count; ++i, to += stride) {
    const std::int64_t query = (first + i) / group, head = (first + i) % group;
    const float* row = from + (query * p.heads + kv_head * group + head) * p.head_dim;
    for_vectors(0, p.head_dim, [&](std::int64_t d, auto lanes) HWY_ATTR {
      hn::Store(lanes.load(row + d), kFloats, to + d);
    });
  }
  for (std::int64_t i = count; i < padded_rows(count); ++i, to += stride)
    std::fill(to, to + stride, 0.0f);
}

/// The way back for the columns' head_dim numbers.
inline void store_columns(const Attention& p, const float* from, std::int64_t kv_head,
                          std::int64_t first, std::int64_t count, std::int64_t stride, float* to) {
  const std::int64_t group = p.heads / p.kv_heads;
  for (std::int64_t i = 0; i < count; ++i, from += stride) {
    const std::int64_t query = (first + i) / group, head = (first + i) % group;
    float* row = to + (query * p.heads + kv_head * group + head) * p.head_dim;
    for_vectors(0, p.head_dim, [&](std::int64_t d, auto lanes) HWY_ATTR {
      lanes.store(hn::Load(kFloats, from + d), row + d);
    });
  }
}

/// The same for `count` rows of k, v or their gradients, from key `first` on.
inline void load_keys(const Attention& p, const float* from, std::int64_t kv_head,
                      std::int64_t first, std::int64_t count, std::int64_t stride, float* to) {
  const std::int64_t row_stride = p.kv_heads * p.head_dim;
  const float* row = from + first * row_stride + kv_head * p.head_dim;
  for (std::int64_t i = 0; i < count; ++i, row += row_stride, to += stride)
    for_vectors(0, p.head_dim, [&](std::int64_t d, auto lanes) HWY_ATTR {
      hn::Store(lanes.load(row + d), kFloats, to + d);
    });
  for (std::int64_t i = count; i < padded_rows(count); ++i, to += stride)
    std::fill(to, to + stride, 0.0f);
}

inline void store_keys(const Attention& p, const float* from, std::int64_t kv_head,
                       std::int64_t first, std::int64_t count, std::int64_t stride, float* to) {
  const std::int64_t row_stride = p.kv_heads * p.head_dim;
  float* row = to + first * row_stride + kv_head * p.head_dim;
  for (std::int64_t i = 0; i < count; ++i, row += row_stride, from += stride)
    for_vectors(0, p.head_dim, [&](std::int64_t d, auto lanes) HWY_ATTR {
      lanes.store(hn::Load(kFloats, from + d), row + d);
    });
}

/// Transposed: to[d * kAttentionKeys + j] = k[first + j, d]; places past `count` repeat a key.
inline void load_keys_transposed(const Attention& p, const float* from, std::int64_t kv_head,
                                 std::int64_t first, std::int64_t count, float* to) {
  const std::int64_t row_stride = p.kv_heads * p.head_dim;
  const float* row = from + first * row_stride + kv_head * p.head_dim;
  transpose_into<kAttentionKeys>(reinterpret_cast<const std::byte*>(row),
                                 row_stride * static_cast<std::int64_t>(sizeof(float)),
                                 static_cast<int>(count), p.head_dim, 1.0f, to);
}

/// The keys first + j, 0 <= begin <= j < end <= `count`, that a query may see of a tile of keys.
struct VisibleKeys {
  VisibleKeys(const Attention& p, std::int64_t query, std::int64_t first, std::int64_t count)
      : begin(static_cast<std::int32_t>(
            std::clamp<std::int64_t>(p.key_begin[query] - first, 0, count))),
        end(static_cast<std::int32_t>(
            std::clamp<std::int64_t>(p.key_end[query] - first, 0, count))) {}

  /// Are lanes [j, j + kLanes) visible?
  HWY_INLINE hn::Mask<FloatTag> mask(int j) const {
    const hn::RebindToSigned<FloatTag> di;
    const auto lane = hn::Iota(di, j);
    const auto inside =
        hn::And(hn::Gt(lane, hn::Set(di, begin - 1)), hn::Lt(lane, hn::Set(di, end)));
    return hn::RebindMask(kFloats, inside);
  }
  bool all_of(int lanes) const { return begin == 0 && end >= lanes; }

  std::int32_t begin, end;
};

}  // namespace lab::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
