// Dot products of a few stored rows with a few vectors; each group of a row is decoded once.

#if defined(LAB_MATVEC_ROW_SUMS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LAB_MATVEC_ROW_SUMS_INL_H_
#undef LAB_MATVEC_ROW_SUMS_INL_H_
#else
#define LAB_MATVEC_ROW_SUMS_INL_H_
#endif

#include <algorithm>
#include <array>
#include <cstdint>
#include <type_traits>
#include <utility>

#include "kernels/dequant/decode_rows-inl.h"
#include "kernels/matvec/rows-inl.h"
#include "tensor/decode.h"

HWY_BEFORE_NAMESPACE();
namespace lab::kernels::HWY_NAMESPACE {

/// Adds the elements after a row's last whole group; only plain types have such.
inline FloatVec add_tail(const MatrixView& w, const std::byte* row, const float* x, FloatVec sum) {
  const std::int64_t tail = w.cols % kGroup;
  if (tail == 0) return sum;
  HWY_ALIGN float weights[kGroup] = {}, vector[kGroup] = {};
  const std::int64_t done = w.cols - tail;
  decode(w.dtype, row + done * info(w.dtype).block_bytes, tail, weights);
  std::copy_n(x + done, tail, vector);
  for (int i = 0; i < kGroup; i += kLanes)
    sum = hn::MulAdd(hn::Load(kFloats, weights + i), hn::Load(kFloats, vector + i), sum);
  return sum;
}

/// What to fetch while rows are read. The hardware alone reaches a third of the memory's speed, as
/// several rows are read in turn: so `distance` bytes ahead, and from `end` on, where another thread
/// goes on, `jump` bytes more.
struct FetchAhead {
  static constexpr std::int64_t kDistance = 12288;
  const std::byte* end = nullptr;
  std::int64_t jump = 0;

  HWY_INLINE void operator()(const void* reading, std::size_t bytes) const {
    const std::byte* at = static_cast<const std::byte*>(reading) + kDistance;
    at += at < end ? 0 : jump;
    for (std::size_t i = 0; i < bytes; i += 64) __builtin_prefetch(at + i);
  }
};

template <class Block>
HWY_INLINE Group<Block> make_group(const Block* block, int group, const BlockScales<Block>& s) {
  if constexpr (std::is_constructible_v<Group<Block>, const Block*, int, BlockScales<Block>>)
    return Group<Block>(block, group, s);
  else
    return Group<Block>(block, group);
}

/// sums[r * kVectors + v] = w[first + r] . x[vector + v], and the low-rank pair's part. Rows and
/// vectors that do not exist repeat the last one.
template <class Block, int kRows, int kVectors>
void row_sums(const Matvec& p, std::int64_t first, std::int64_t vector, const FetchAhead& ahead,
              float* sums) {
  // At least eight sums, as each waits for the FMA before it.
  constexpr int kParts = kRows * kVectors < 8 ? std::min(2, kGroupVectors) : 1;
  const MatrixView& w = p.w;
  const std::byte* row[kRows];
  const float* x[kVectors];
  for (int r = 0; r < kRows; ++r)
    row[r] = w.data + std::min(first + r, w.rows - 1) * w.row_bytes;
  for (int v = 0; v < kVectors; ++v) x[v] = p.x + std::min(vector + v, p.vectors - 1) * w.cols;

  FloatVec sum[kRows][kVectors][kParts];
  LAB_UNROLL
  for (int r = 0; r < kRows; ++r) {
    LAB_UNROLL
    for (int v = 0; v < kVectors; ++v) {
      LAB_UNROLL
      for (int part = 0; part < kParts; ++part) sum[r][v][part] = hn::Zero(kFloats);
    }
  }
  constexpr int kGroups = static_cast<int>(kBlockGroups<Block>);
  const std::int64_t blocks = w.cols / (kGroups * kGroup);
  for (std::int64_t b = 0; b < blocks; ++b) {
    std::array<const Block*, kRows> block;
    LAB_UNROLL
    for (int r = 0; r < kRows; ++r) {
      block[r] = block_of_row<Block>(row[r], b);
      ahead(block[r], kBlockBytes<Block>);
    }
    const auto scales = [&]<int... r>(std::integer_sequence<int, r...>) HWY_ATTR {
      return std::array{BlockScales<Block>(block[r])...};
    }(std::make_integer_sequence<int, kRows>());
    for (int g = 0; g < kGroups; ++g) {
      const std::int64_t at = (b * kGroups + g) * kGroup;
      LAB_UNROLL
      for (int r = 0; r < kRows; ++r) {
        const Group<Block> group = make_group(block[r], g, scales[r]);
        LAB_UNROLL
        for (int i = 0; i < kGroupVectors; ++i) {
          const FloatVec weights = group(i);
          LAB_UNROLL
          for (int v = 0; v < kVectors; ++v)
            sum[r][v][i % kParts] = hn::MulAdd(weights, hn::LoadU(kFloats, x[v] + at + i * kLanes),
                                               sum[r][v][i % kParts]);
        }
      }
    }
  }
  LAB_UNROLL
  for (int r = 0; r < kRows; ++r) {
    LAB_UNROLL
    for (int v = 0; v < kVectors; ++v) {
      FloatVec total = sum[r][v][0];
      if constexpr (kParts == 2) total = hn::Add(total, sum[r][v][1]);
      total = add_tail(w, row[r], x[v], total);
      if (p.u)
        total = add_pair(p.b + std::min(first + r, w.rows - 1) * p.rank,
                         p.u + std::min(vector + v, p.vectors - 1) * p.rank, p.rank, p.scale,
                         total);
      sums[r * kVectors + v] = lane_sum(total);
    }
  }
}

}  // namespace lab::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
