// Small products of tiles that lie in a cache, register block by register block.

#if defined(LAB_ATTENTION_PRODUCT_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LAB_ATTENTION_PRODUCT_INL_H_
#undef LAB_ATTENTION_PRODUCT_INL_H_
#else
#define LAB_ATTENTION_PRODUCT_INL_H_
#endif

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "kernels/attention/amx_product.h"
#include "kernels/attention/tile_product.h"
#include "kernels/bfloat16/pairs.h"
#include "kernels/float_vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lab::kernels::HWY_NAMESPACE {

/// Sums of kRowsOf<vectors> rows and `vectors` vectors, as many vectors of B and one of A must fit
/// the registers (32 on AVX-512 and NEON, else 16), and there must be enough sums to hide the
/// latency of an FMA. The last rows are rounded up to kRowStep.
#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_NEON
inline constexpr int kTileVectors = 3, kRowStep = 4;
template <int kVectors>
inline constexpr int kRowsOf = kVectors == 3 ? 8 : 12;
#elif HWY_TARGET == HWY_AVX2 || defined(__wasm_relaxed_simd__)
inline constexpr int kTileVectors = 2, kRowStep = 2;
template <int kVectors>
inline constexpr int kRowsOf = kVectors == 2 ? 6 : 12;
#else
inline constexpr int kTileVectors = 2, kRowStep = 4;
template <int kVectors>
inline constexpr int kRowsOf = 4;
#endif

template <Left kLeft, int kRows, int kVectors>
HWY_NOINLINE void multiply_block(const TileProduct& p, const float* HWY_RESTRICT a,
                                 const float* HWY_RESTRICT b, float* HWY_RESTRICT c) {
  FloatVec sums[kRows][kVectors];
  LAB_UNROLL
  for (int i = 0; i < kRows; ++i) {
    LAB_UNROLL
    for (int v = 0; v < kVectors; ++v)
      sums[i][v] = p.accumulate ? hn::Load(kFloats, c + i * p.c_stride + v * kLanes)
                                : hn::Zero(kFloats);
  }
  const std::int64_t a_stride = p.a_stride, b_stride = p.b_stride;
  // Places are unsigned, so that WebAssembly's loads can add them by themselves.
  for (int k = 0; k < p.depth; ++k, b += b_stride, a += kLeft == Left::kRows ? 1 : a_stride) {
    FloatVec row[kVectors];
    LAB_UNROLL
    for (std::size_t v = 0; v < kVectors; ++v) row[v] = hn::Load(kFloats, b + v * kLanes);
    LAB_UNROLL
    for (std::size_t i = 0; i < kRows; ++i) {
      const float of_row =
          kLeft == Left::kRows ? a[static_cast<std::int64_t>(i) * a_stride] : a[i];
      const FloatVec x = hn::Set(kFloats, of_row);
      LAB_UNROLL
      for (int v = 0; v < kVectors; ++v) sums[i][v] = hn::MulAdd(x, row[v], sums[i][v]);
    }
  }
  LAB_UNROLL
  for (int i = 0; i < kRows; ++i) {
    LAB_UNROLL
    for (int v = 0; v < kVectors; ++v)
      hn::Store(sums[i][v], kFloats, c + i * p.c_stride + v * kLanes);
  }
}

/// Tiles of floats.
struct FloatTiles {
  template <Left kLeft, int kRows, int kVectors>
  static TileBlock block() {
    return multiply_block<kLeft, kRows, kVectors>;
  }
  static int depth(int summands) { return summands; }
  /// The right operand of a product, or the left one in columns: [summands][vectors].
  static const float* rows(float* tile, std::int64_t, int, std::int64_t, float*) { return tile; }
  /// The left operand in rows: [rows][summands].
  static const float* columns(float* tile, std::int64_t, int, std::int64_t, float*) { return tile; }
};

#if HWY_TARGET == HWY_AVX3
/// Tiles whose operands become pairs of bfloat16, in `to`, which may be the tile itself; what they add up to are floats.
struct PairTiles {
  template <Left kLeft, int kRows, int kVectors>
  static TileBlock block() {
    return choose_pair_block(kLeft, kRows, kVectors);
  }
  static int depth(int summands) { return pair_words(summands); }
  static const float* rows(float* tile, std::int64_t summands, int width, std::int64_t stride, float* to) {
    pair_rows(tile, summands, width, stride, to);
    return to;
  }
  static const float* columns(float* tile, std::int64_t rows, int summands, std::int64_t stride, float* to) {
    pair_columns(tile, rows, summands, stride, to);
    return to;
  }
};
#endif

#if HWY_TARGET == HWY_AVX3
/// The same, for AMX.
struct AmxPairTiles : PairTiles {};
#endif

/// All rows of the vectors [first, first + kVectors).
template <class Tiles, Left kLeft, int kVectors>
HWY_INLINE void multiply_panel(const TileProduct& p, int first) {
  const auto block = [&](TileBlock multiply, int row) HWY_ATTR {
    multiply(p, p.a + (kLeft == Left::kRows ? row * p.a_stride : row), p.b + first * kLanes,
             p.c + row * p.c_stride + first * kLanes);
  };
  constexpr int kRows = kRowsOf<kVectors>;
  int row = 0;
  for (; row + kRows <= p.rows; row += kRows)
    block(Tiles::template block<kLeft, kRows, kVectors>(), row);
  for (; row < p.rows; row += kRowStep)
    block(Tiles::template block<kLeft, kRowStep, kVectors>(), row);
}

/// The depth is that of the operands as Tiles made them: Tiles::depth(summands).
template <class Tiles, Left kLeft>
void multiply_tiles(const TileProduct& p) {
#if HWY_TARGET == HWY_AVX3
  if constexpr (std::is_same_v<Tiles, AmxPairTiles>) {
    multiply_amx(kLeft, p);
    const int done = p.rows / kAmxProductRows * kAmxProductRows;
    TileProduct rest = p;
    rest.rows -= done;
    rest.a += kLeft == Left::kRows ? done * p.a_stride : done;
    rest.c += done * p.c_stride;
    if (rest.rows > 0) multiply_tiles<PairTiles, kLeft>(rest);
    return;
  }
#endif
  for (int v = 0; v < p.vectors;) {
    const int left = p.vectors - v;
    // Two and two rather than three and one: a single vector waits for its loads.
    const int take = left == 4 ? 2 : left < kTileVectors ? left : kTileVectors;
    if (take == 1) multiply_panel<Tiles, kLeft, 1>(p, v);
    else if (take == 2) multiply_panel<Tiles, kLeft, 2>(p, v);
    else multiply_panel<Tiles, kLeft, kTileVectors>(p, v);
    v += take;
  }
}

}  // namespace lab::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
