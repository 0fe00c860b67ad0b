// Vectors of floats, and the sum over their lanes.
//
// The compiler lowers them to the registers there are: eight floats to two WebAssembly or SSE
// registers or one of AVX2, sixteen to one of AVX-512. Learning uses four and eight, so that its
// sums have the same bits everywhere, and because a block of WebAssembly that loads more than
// eight floats of each of three arrays makes V8 spill its sums.
// Every array of this library is padded with zeros to a multiple of sixteen: no loop has a tail.
#pragma once

#include <cstddef>
#include <cstdint>

namespace microlora {

// Every function here is inlined wherever it is used: the same header is compiled for several
// instruction sets in one program, and the linker must never swap one's body for another's.
#define MICROLORA_INLINE [[gnu::always_inline]] static inline

inline constexpr std::size_t kLanes = 8;  ///< of learning
inline constexpr std::size_t kPadding = 16;

using F4 = float __attribute__((vector_size(16)));
using F8 = float __attribute__((vector_size(32)));
using F16 = float __attribute__((vector_size(64)));
using U4 = std::uint32_t __attribute__((vector_size(16)));
using U8 = std::uint32_t __attribute__((vector_size(32)));

inline constexpr std::size_t padded(std::size_t n) {
  return (n + kPadding - 1) / kPadding * kPadding;
}

template <class V = F4>
MICROLORA_INLINE V load(const float* p) {
  V v;
  __builtin_memcpy(&v, p, sizeof v);
  return v;
}
template <class V>
MICROLORA_INLINE void store(float* p, V v) {
  __builtin_memcpy(p, &v, sizeof v);
}
template <class V = F4>
MICROLORA_INLINE V splat(float v) {
  return v - V{};  // which, unlike V{} + v, is v for every v, so nothing is left of it
}

/// The vector's halves added up, down to four lanes.
MICROLORA_INLINE F4 fold(F4 v) { return v; }
MICROLORA_INLINE F4 fold(F8 v) {
  return __builtin_shufflevector(v, v, 0, 1, 2, 3) + __builtin_shufflevector(v, v, 4, 5, 6, 7);
}
MICROLORA_INLINE F4 fold(F16 v) {
  return fold(__builtin_shufflevector(v, v, 0, 1, 2, 3, 4, 5, 6, 7) +
              __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15));
}

/// The lanes' sum, always in this order.
template <class V>
MICROLORA_INLINE float sum(V v) {
  const F4 four = fold(v);
  return (four[0] + four[2]) + (four[1] + four[3]);
}
/// Two such sums at once, in the first two lanes.
template <class V>
MICROLORA_INLINE F4 sums(V v, V w) {
  const F4 a = fold(v), b = fold(w);
  const F4 halves =
      __builtin_shufflevector(a, b, 0, 4, 1, 5) + __builtin_shufflevector(a, b, 2, 6, 3, 7);
  return halves + __builtin_shufflevector(halves, halves, 2, 3, 2, 3);
}

/// Every lane held within [-limit, limit]; an infinity becomes the limit.
MICROLORA_INLINE F4 clamp(F4 v, float limit) {
  const F4 high = splat(limit), low = splat(-limit);
  v = v > high ? high : v;
  return v < low ? low : v;
}

MICROLORA_INLINE F4 square_root(F4 v) {
#if __has_builtin(__builtin_elementwise_sqrt)
  return __builtin_elementwise_sqrt(v);
#else
  for (int lane = 0; lane < 4; ++lane) v[lane] = __builtin_sqrtf(v[lane]);
  return v;
#endif
}

/// Neither NaN nor infinite.
MICROLORA_INLINE bool finite(float v) { return v - v == 0; }

}  // namespace microlora
