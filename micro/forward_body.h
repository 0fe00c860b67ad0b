// The body of the forward pass, compiled once for each instruction set.
//
// The including file sets MICROLORA_ISA (a namespace of its own, so that no two bodies can be mixed
// up by the linker), MICROLORA_VECTOR, and MICROLORA_UNROLL, the number of independent vector sums
// a row needs to hide the latency of an addition. Two rows are read at a time: each vector of x is
// then used twice.
#include "forward.h"
#include "simd.h"

namespace microlora::MICROLORA_ISA {
namespace {

using V = MICROLORA_VECTOR;
constexpr std::size_t kWidth = sizeof(V) / sizeof(float), kUnroll = MICROLORA_UNROLL;

/// x . a and x . (the row after it).
template <bool kKeep>
F4 project(const float* a, std::size_t n, const float* x, float* keep) {
  const float* b = a + n;
  V first[kUnroll] = {}, second[kUnroll] = {};
  std::size_t i = 0;
  const auto add = [&](std::size_t u) {
    const V v = load<V>(x + i);
    if constexpr (kKeep) store(keep + i, v);
    first[u] += v * load<V>(a + i);
    second[u] += v * load<V>(b + i);
    i += kWidth;
  };
  while (i + kUnroll * kWidth <= n)
    for (std::size_t u = 0; u < kUnroll; ++u) add(u);
  if constexpr (kUnroll * kWidth > kPadding)
    while (i < n) add(0);
  for (std::size_t half = kUnroll / 2; half > 0; half /= 2) {
    for (std::size_t u = 0; u < half; ++u) {
      first[u] += first[u + half];
      second[u] += second[u + half];
    }
  }
  return sums(first[0], second[0]);
}

/// y = base + c * row + d * (the row after it), from zero if `base` is null.
void combine(const float* row, std::size_t n, float c, float d, const float* base, float* y) {
  const float* next = row + n;
  const V first = splat<V>(c), second = splat<V>(d);
  const auto delta = [&](std::size_t i) {
    return first * load<V>(row + i) + second * load<V>(next + i);
  };
  if (base) {
    // Whole blocks of the padding, for the sake of V8, which counts every pointer up by itself.
    for (std::size_t block = 0; block < n; block += kPadding) {
      for (std::size_t i = block; i < block + kPadding; i += kWidth)
        store(y + i, load<V>(base + i) + delta(i));
    }
  } else {
    for (std::size_t i = 0; i < n; i += kWidth) store(y + i, delta(i));
  }
}

/// The usual rank, whose sums stay in registers. A function that saves none: they cost a tenth.
bool forward_pair(const Weights& w, float scale, const float* x, float* y, const float* base) {
  const F4 pair = scale * project<false>(w.a, w.in_stride, x, nullptr);
  if (!finite(pair[0] * 0.0f + pair[1] * 0.0f)) return false;
  combine(w.b, w.out_stride, pair[0], pair[1], base, y);
  return true;
}

[[gnu::noinline]] bool forward_any(const Weights& w, float scale, const float* x, float* y,
                                   const float* base, float* keep) {
  float low[kMaxRank];
  float check = 0;
  for (std::size_t k = 0; k < w.rows; k += 2) {
    const float* row = w.a + k * w.in_stride;
    // keeping a copy then costs one store a vector and no branch
    const F4 pair = scale * (keep && k == 0 ? project<true>(row, w.in_stride, x, keep)
                                            : project<false>(row, w.in_stride, x, nullptr));
    low[k] = pair[0];
    low[k + 1] = pair[1];
    check += pair[0] * 0.0f + pair[1] * 0.0f;  // NaN as soon as one of them is not finite
  }
  if (!finite(check)) return false;

  for (std::size_t k = 0; k < w.rows; k += 2, base = y)
    combine(w.b + k * w.out_stride, w.out_stride, low[k], low[k + 1], base, y);
  return true;
}

}  // namespace

bool forward(const Weights& w, float share, const float* x, float* y, Into into, float* keep) {
  const float scale = share * w.scale;
  const float* base = into == Into::kResidual ? x : into == Into::kAdd ? y : nullptr;
  // WebAssembly, where it would not pay, leaves the first out to stay small.
  if (kUnroll > 1 && w.rows == 2 && !keep) return forward_pair(w, scale, x, y, base);
  return forward_any(w, scale, x, y, base, keep);
}

}  // namespace microlora::MICROLORA_ISA
