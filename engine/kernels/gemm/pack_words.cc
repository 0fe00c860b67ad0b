#include "kernels/gemm/pack_words.h"

#include <algorithm>

#include "kernels/bfloat16/pairs.h"
#include "kernels/bfloat16/words.h"

#if defined(__x86_64__)
namespace lab::kernels {
namespace {

/// Sixteen rows of sixteen words: what is packed at a time.
constexpr int kSide = 16;
constexpr std::int64_t kSummands = 2 * kSide;

/// Where the words of a block go.
struct Tiles {
  static constexpr bool kRowsFirst = true;
  float* to;
  std::uint16_t* place(std::int64_t p, int row) const {
    return reinterpret_cast<std::uint16_t*>(to + p / kSummands * kSide * kSide + row * kSide) + p % kSummands;
  }
};
struct Columns {
  static constexpr bool kRowsFirst = false;
  float* to;
  int height;
  std::uint16_t* place(std::int64_t p, int row) const { return reinterpret_cast<std::uint16_t*>(to + p / 2 * height + row) + p % 2; }
};

/// Floats of which kWhole says that all 16 exist, else `count` do and the rest is 0.
template <bool kWhole>
LAB_BF16 inline __m512 loaded(const float* from, std::int64_t count, __m512 scale) {
  return _mm512_mul_ps(scale, kWhole ? _mm512_loadu_ps(from) : _mm512_maskz_loadu_ps(first_lanes(count), from));
}

/// 32 summands of 16 rows from `a` on, or, if not kWhole, `count` of `rows`, the first of which is that at `p` of the panel: p is even or,
/// for tiles, a multiple of 32.
template <bool kRowMajor, bool kWhole, class To>
LAB_BF16 void pack_block(const GemmTerm& term, const float* a, std::int64_t count, int rows, std::int64_t p, const To& to) {
  const __m512 scale = _mm512_set1_ps(term.scale), none = _mm512_setzero_ps();
  __m512i line[kSide];
  LAB_UNROLL
  for (int i = 0; i < kSide; ++i) {
    __m512 first = none, second = none;
    if constexpr (kRowMajor) {
      const float* row = a + std::min(i, rows - 1) * term.a_row_stride;
      first = loaded<kWhole>(row, count, scale);
      if (kWhole || count > 16) second = loaded<kWhole>(row + 16, count - 16, scale);
      line[i] = (__m512i)_mm512_cvtne2ps_pbh(second, first);
    } else {
      if (kWhole || 2 * i < count) first = loaded<kWhole>(a + 2 * i * term.a_col_stride, rows, scale);
      if (kWhole || 2 * i + 1 < count) second = loaded<kWhole>(a + (2 * i + 1) * term.a_col_stride, rows, scale);
      line[i] = in_turns((__m512i)_mm512_cvtne2ps_pbh(second, first));
    }
  }
  if constexpr (kRowMajor != To::kRowsFirst) transpose_words(line);
  if constexpr (To::kRowsFirst || kWhole) {
    // Where a row is shorter than a vector, what runs into the next one is overwritten by it; behind the last one of a panel there is
    // room, as words take half of it.
    LAB_UNROLL
    for (int i = 0; i < kSide; ++i) _mm512_storeu_si512(To::kRowsFirst ? to.place(p, i) : to.place(p + 2 * i, 0), line[i]);
  } else {
    const int words = static_cast<int>(pair_words(count));
    LAB_UNROLL
    for (int i = 0; i < kSide; ++i)
      if (i < words) _mm512_mask_storeu_epi32(to.place(p + 2 * i, 0), first_lanes(to.height), line[i]);
  }
}

/// Summands that start within a word, or within a row of a tile, as they do behind a low-rank pair.
template <class To>
LAB_BF16 void pack_single(const GemmTerm& term, const float* a, std::int64_t count, int rows, std::int64_t p, const To& to) {
  for (int i = 0; i < rows; ++i) {
    for (std::int64_t q = 0; q < count; ++q) {
      const __m128 value = _mm_set_ss(term.scale * a[i * term.a_row_stride + q * term.a_col_stride]);
      *to.place(p + q, i) = static_cast<std::uint16_t>(_mm_extract_epi16((__m128i)_mm_cvtneps_pbh(value), 0));
    }
  }
}

template <class To>
void pack(const KBlock& block, std::int64_t first, int rows, const To& to) {
  constexpr std::int64_t kWhole = To::kRowsFirst ? kSummands : 2;
  std::int64_t p = 0;
  for (int s = 0; s < block.count; ++s) {
    const auto& [term, begin, end] = block.segments[s];
    const float* a = term->a + first * term->a_row_stride + begin * term->a_col_stride;
    const std::int64_t count = end - begin, single = std::min(count, (kWhole - p % kWhole) % kWhole);
    pack_single(*term, a, single, rows, p, to);
    for (std::int64_t done = single; done < count; done += kSummands) {
      const std::int64_t left = std::min(kSummands, count - done);
      const bool row_major = term->a_col_stride == 1, whole = left == kSummands && (row_major || rows == kSide);
      const auto pack_some = row_major ? (whole ? pack_block<true, true, To> : pack_block<true, false, To>)
                                       : (whole ? pack_block<false, true, To> : pack_block<false, false, To>);
      pack_some(*term, a + done * term->a_col_stride, left, rows, p + done, to);
    }
    p += count;
  }
}

}  // namespace

void pack_word_columns(const KBlock& block, std::int64_t first, int rows, int height, float* panel) {
  pack(block, first, rows, Columns{panel, height});
}

void pack_word_tiles(const KBlock& block, std::int64_t first, int rows, float* tiles) { pack(block, first, rows, Tiles{tiles}); }

}  // namespace lab::kernels
#endif
