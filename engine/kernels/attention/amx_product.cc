#include "kernels/attention/amx_product.h"

#include <cstdint>

#include "kernels/bfloat16/amx_tiles.h"
#include "kernels/bfloat16/words.h"

#if defined(__x86_64__)
namespace lab::kernels {
namespace {

constexpr int kLine = kAmxSide * sizeof(float);

/// Registers 0 and 1 are sums, 2 and 3 whole tiles of A and B, 4 and 5 what is left of the depth: narrower, and with fewer rows.
AmxShape shape_for(int rest) {
  AmxShape shape;
  if (rest == 0) return shape;
  shape.bytes_across[4] = static_cast<std::uint16_t>(sizeof(float) * static_cast<std::size_t>(rest));
  shape.rows[5] = static_cast<std::uint8_t>(rest);
  return shape;
}

/// Sixteen rows of `words` words from a matrix whose rows are the words' places.
LAB_AMX void transpose_tile(const float* from, std::int64_t stride, int words, float* tile) {
  __m512i line[kAmxSide];
  LAB_UNROLL
  for (int i = 0; i < kAmxSide; ++i) line[i] = i < words ? _mm512_loadu_si512(from + i * stride) : _mm512_setzero_si512();
  transpose_words(line);
  LAB_UNROLL
  for (int i = 0; i < kAmxSide; ++i) _mm512_store_si512(tile + i * kAmxSide, line[i]);
}

/// kAcross tiles of c side by side. Registers are literal numbers, as GCC puts them into the instruction's text.
template <Left kLeft, int kAcross>
LAB_AMX void multiply_block(const TileProduct& p, const float* a, const float* b, float* c) {
  const auto a_line = static_cast<std::int64_t>(sizeof(float)) * p.a_stride, b_line = static_cast<std::int64_t>(sizeof(float)) * p.b_stride;
  const auto c_line = static_cast<std::int64_t>(sizeof(float)) * p.c_stride;
  alignas(64) float turned[kAmxSide * kAmxSide];
  if (p.accumulate) {
    _tile_loadd(0, c, c_line);
    if constexpr (kAcross == 2) _tile_loadd(1, c + kAmxSide, c_line);
  } else {
    _tile_zero(0);
    if constexpr (kAcross == 2) _tile_zero(1);
  }
  int k = 0;
  for (; k + kAmxSide <= p.depth; k += kAmxSide, b += kAmxSide * p.b_stride) {
    if constexpr (kLeft == Left::kRows) {
      _tile_loadd(2, a + k, a_line);
    } else {
      transpose_tile(a + k * p.a_stride, p.a_stride, kAmxSide, turned);
      _tile_loadd(2, turned, kLine);
    }
    _tile_loadd(3, b, b_line);
    _tile_dpbf16ps(0, 2, 3);
    if constexpr (kAcross == 2) {
      _tile_loadd(3, b + kAmxSide, b_line);
      _tile_dpbf16ps(1, 2, 3);
    }
  }
  if (k < p.depth) {
    if constexpr (kLeft == Left::kRows) {
      _tile_loadd(4, a + k, a_line);
    } else {
      transpose_tile(a + k * p.a_stride, p.a_stride, p.depth - k, turned);
      _tile_loadd(4, turned, kLine);
    }
    _tile_loadd(5, b, b_line);
    _tile_dpbf16ps(0, 4, 5);
    if constexpr (kAcross == 2) {
      _tile_loadd(5, b + kAmxSide, b_line);
      _tile_dpbf16ps(1, 4, 5);
    }
  }
  _tile_stored(0, c, c_line);
  if constexpr (kAcross == 2) _tile_stored(1, c + kAmxSide, c_line);
}

template <Left kLeft>
void multiply(const TileProduct& p) {
  for (int row = 0; row + kAmxProductRows <= p.rows; row += kAmxProductRows) {
    const float* a = p.a + (kLeft == Left::kRows ? row * p.a_stride : row);
    for (int v = 0; v < p.vectors; v += 2) {
      const auto block = v + 1 < p.vectors ? multiply_block<kLeft, 2> : multiply_block<kLeft, 1>;
      block(p, a, p.b + v * kAmxSide, p.c + row * p.c_stride + v * kAmxSide);
    }
  }
}

}  // namespace

void multiply_amx(Left left, const TileProduct& p) {
  const AmxTiles tiles(shape_for(p.depth % kAmxSide));
  left == Left::kRows ? multiply<Left::kRows>(p) : multiply<Left::kColumns>(p);
}

}  // namespace lab::kernels
#endif
