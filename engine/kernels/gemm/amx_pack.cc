#include <algorithm>
#include <cstring>

#include "kernels/bfloat16/amx_tiles.h"
#include "kernels/bfloat16/pairs.h"
#include "kernels/gemm/amx_kernel.h"

#if defined(__x86_64__)
namespace lab::kernels {
namespace {

/// Floats that a tile's row of A holds as words: two each.
constexpr std::int64_t kSummands = 2 * kAmxSide;

/// Lanes [0, count) of 16.
__mmask16 first_lanes(std::int64_t count) {
  return static_cast<__mmask16>(count >= 16 ? 0xFFFF : count <= 0 ? 0 : (1 << count) - 1);
}

/// The 32 summands at `from`, of which `count` exist, times `scale`, as 16 words.
LAB_AMX __m512i row_words(const float* from, std::int64_t count, __m512 scale) {
  const __m512 first = _mm512_mul_ps(scale, _mm512_maskz_loadu_ps(first_lanes(count), from));
  const __m512 second = count > 16 ? _mm512_mul_ps(scale, _mm512_maskz_loadu_ps(first_lanes(count - 16), from + 16)) : _mm512_setzero_ps();
  return (__m512i)_mm512_cvtne2ps_pbh(second, first);
}

/// Sixteen rows of sixteen words trade rows for columns, in place.
LAB_AMX void transpose_words(std::uint32_t* tile) {
  __m512i row[16], other[16];
  LAB_UNROLL
  for (int i = 0; i < 16; ++i) row[i] = _mm512_load_si512(tile + 16 * i);
  // Within each quarter of the vectors, 4 x 4 words; then the quarters.
  LAB_UNROLL
  for (int i = 0; i < 16; i += 2) {
    other[i] = _mm512_unpacklo_epi32(row[i], row[i + 1]);
    other[i + 1] = _mm512_unpackhi_epi32(row[i], row[i + 1]);
  }
  LAB_UNROLL
  for (int i = 0; i < 16; i += 4) {
    row[i] = _mm512_unpacklo_epi64(other[i], other[i + 2]);
    row[i + 1] = _mm512_unpackhi_epi64(other[i], other[i + 2]);
    row[i + 2] = _mm512_unpacklo_epi64(other[i + 1], other[i + 3]);
    row[i + 3] = _mm512_unpackhi_epi64(other[i + 1], other[i + 3]);
  }
  // row[4 g + j] holds column 4 q + j of rows 4 g .. 4 g + 3 in its quarter q.
  LAB_UNROLL
  for (int j = 0; j < 4; ++j) {
    const __m512i low_even = _mm512_shuffle_i32x4(row[j], row[4 + j], 0x88), low_odd = _mm512_shuffle_i32x4(row[j], row[4 + j], 0xDD);
    const __m512i high_even = _mm512_shuffle_i32x4(row[8 + j], row[12 + j], 0x88), high_odd = _mm512_shuffle_i32x4(row[8 + j], row[12 + j], 0xDD);
    _mm512_store_si512(tile + 16 * j, _mm512_shuffle_i32x4(low_even, high_even, 0x88));
    _mm512_store_si512(tile + 16 * (4 + j), _mm512_shuffle_i32x4(low_odd, high_odd, 0x88));
    _mm512_store_si512(tile + 16 * (8 + j), _mm512_shuffle_i32x4(low_even, high_even, 0xDD));
    _mm512_store_si512(tile + 16 * (12 + j), _mm512_shuffle_i32x4(low_odd, high_odd, 0xDD));
  }
}

/// Where summand p of row i of a column of tiles lies.
std::uint16_t* place(float* tiles, std::int64_t p, int i) {
  return reinterpret_cast<std::uint16_t*>(tiles + p / kSummands * kAmxSide * kAmxSide + i * kAmxSide) + p % kSummands;
}

/// Summands [begin, begin + count) of a segment of the rows at a, which become those at `p` of a column of tiles; `p` and what
/// lies behind the segment are whole rows of tiles. What is missing of the last is 0.
LAB_AMX void pack_whole(const GemmTerm& term, const float* a, std::int64_t count, int rows, std::int64_t p, float* tiles) {
  const __m512 scale = _mm512_set1_ps(term.scale);
  for (std::int64_t done = 0; done < count; done += kSummands) {
    const std::int64_t left = std::min(kSummands, count - done);
    auto* tile = reinterpret_cast<std::uint32_t*>(place(tiles, p + done, 0));
    if (term.a_col_stride == 1) {
      for (int i = 0; i < kAmxSide; ++i)
        _mm512_store_si512(tile + i * kAmxSide, i < rows ? row_words(a + i * term.a_row_stride + done, left, scale) : _mm512_setzero_si512());
      continue;
    }
    alignas(64) float columns[kSummands * kAmxSide];
    for (std::int64_t q = 0; q < kSummands; ++q)
      _mm512_store_ps(columns + q * kAmxSide, q < left ? _mm512_mul_ps(scale, _mm512_maskz_loadu_ps(first_lanes(rows), a + (done + q) * term.a_col_stride))
                                                      : _mm512_setzero_ps());
    pair_rows(columns, kSummands, kAmxSide, kAmxSide, columns);
    std::memcpy(tile, columns, sizeof(float) * kAmxSide * kAmxSide);
    transpose_words(tile);
  }
}

/// The same for summands that start within a row of a tile, as they do behind a low-rank pair.
LAB_AMX void pack_single(const GemmTerm& term, const float* a, std::int64_t count, int rows, std::int64_t p, float* tiles) {
  for (int i = 0; i < rows; ++i) {
    for (std::int64_t q = 0; q < count; ++q) {
      const __m128 value = _mm_set_ss(term.scale * a[i * term.a_row_stride + q * term.a_col_stride]);
      *place(tiles, p + q, i) = static_cast<std::uint16_t>(_mm_extract_epi16((__m128i)_mm_cvtneps_pbh(value), 0));
    }
  }
}

}  // namespace

void pack_amx_rows(const KBlock& block, std::int64_t first, int rows, float* panel) {
  const std::int64_t depth = amx_depth(block.k);
  for (int i = 0; i < rows; i += kAmxSide, first += kAmxSide, panel += depth / 2 * kAmxSide) {
    const int here = std::min(kAmxSide, rows - i);
    std::int64_t p = 0;
    for (int s = 0; s < block.count; ++s) {
      const auto& [term, begin, end] = block.segments[s];
      const float* a = term->a + first * term->a_row_stride + begin * term->a_col_stride;
      const std::int64_t single = std::min(end - begin, (kSummands - p % kSummands) % kSummands);
      pack_single(*term, a, single, here, p, panel);
      pack_whole(*term, a + single * term->a_col_stride, end - begin - single, here, p + single, panel);
      p += end - begin;
    }
  }
}

void pair_amx_columns(float* panel, std::int64_t k, int width) {
  pair_rows(panel, k, width, width, panel);
  const std::int64_t done = pair_words(k);
  std::fill(panel + done * width, panel + amx_depth(k) / 2 * width, 0.0f);
}

}  // namespace lab::kernels
#endif
