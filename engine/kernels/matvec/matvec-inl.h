// Splits a matvec over threads by rows and finishes each row's result.

#if defined(LAB_MATVEC_MATVEC_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LAB_MATVEC_MATVEC_INL_H_
#undef LAB_MATVEC_MATVEC_INL_H_
#else
#define LAB_MATVEC_MATVEC_INL_H_
#endif

#include <algorithm>
#include <cstdint>

#include "base/thread_pool.h"
#include "kernels/matvec/row_sums-inl.h"
#if HWY_TARGET == HWY_WASM
#include "kernels/matvec/decoded_sums-inl.h"
#include "kernels/matvec/integer_matvec-inl.h"
#endif

HWY_BEFORE_NAMESPACE();
namespace lab::kernels::HWY_NAMESPACE {

/// How many rows and vectors row_sums() takes at once, for `vectors` in all: enough sums to keep
/// the arithmetic busy, few enough to stay in registers.
struct SumShape {
  using Function = void (*)(const Matvec&, std::int64_t, std::int64_t, const FetchAhead&, float*);
  Function function = nullptr;
  int rows = 0, vectors = 0;
};

#if HWY_TARGET == HWY_WASM
inline SumShape choose_sums(DType dtype, std::int64_t) {
  return {dtype == DType::kF32 ? row_sums<float, 4, 1> : decoded_sums, 4, 1};
}
#else
inline SumShape choose_sums(DType dtype, std::int64_t vectors) {
  // With 32 registers twice the rows share the loads of the vectors.
  constexpr int kTwice = HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_NEON ? 2 : 1;
  return with_block(dtype, [&]<class Block>() -> SumShape {
    if (vectors == 1) return {row_sums<Block, 4, 1>, 4, 1};
    if (vectors == 2) return {row_sums<Block, 2 * kTwice, 2>, 2 * kTwice, 2};
    return {row_sums<Block, kTwice, 4>, kTwice, 4};
  });
}
#endif

inline double rounding_of([[maybe_unused]] DType type) {
#if HWY_TARGET == HWY_WASM
  if (takes_integers(type)) return 0x1p-16;
#endif
  return 0;
}

inline void run_matvec(const Matvec& p, ThreadPool& pool) {
#if HWY_TARGET == HWY_WASM
  if (takes_integers(p.w.dtype) && p.w.cols <= kIntegerVectorMost)
    return run_integer_matvec(p, pool);
#endif
  const std::int64_t rows = rows_per_piece(p, pool.threads());
  const SumShape shape = choose_sums(p.w.dtype, p.vectors);
  pool.for_chunks((p.w.rows + rows - 1) / rows, [&](std::int64_t chunk, int) HWY_ATTR {
    const std::int64_t end = std::min(p.w.rows, (chunk + 1) * rows);
    const FetchAhead ahead = {p.w.data + end * p.w.row_bytes,
                              (pool.threads() - 1) * rows * p.w.row_bytes};
    for (std::int64_t row = chunk * rows; row < end; row += shape.rows) {
      for (std::int64_t vector = 0; vector < p.vectors; vector += shape.vectors) {
        float sums[8];
        shape.function(p, row, vector, ahead, sums);
        for (int r = 0; r < shape.rows && row + r < end; ++r)
          for (int v = 0; v < shape.vectors && vector + v < p.vectors; ++v)
            finish_row(p, row + r, vector + v, sums[r * shape.vectors + v]);
      }
    }
  });
}

}  // namespace lab::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
