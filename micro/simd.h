// Vectors of floats, in two widths: four for work on single elements, sixteen for sums.
//
// The compiler lowers sixteen to four WebAssembly or SSE registers, two AVX2 or one AVX-512
// register. The lanes never mix before the final `sum`, so a sum has the same bits on all of them.
// Every array of this library is padded with zeros to whole vectors of sixteen: no loop has a tail.
#pragma once

#include <cstddef>
#include <cstdint>

namespace microlora {

// Every function here is inlined wherever it is used: the same header is compiled for several
// instruction sets in one program, and the linker must never swap one's body for another's.
#define MICROLORA_INLINE [[gnu::always_inline]] static inline

inline constexpr std::size_t kLanes = 16;

using F4 = float __attribute__((vector_size(16)));
using U4 = std::uint32_t __attribute__((vector_size(16)));
using U16 = std::uint32_t __attribute__((vector_size(64)));
using F16 = float __attribute__((vector_size(64)));
// Typedefs, because only that form lowers the alignment.
typedef F4 F4Unaligned __attribute__((aligned(4), may_alias));
typedef U16 U16Unaligned __attribute__((aligned(4), may_alias));
typedef F16 F16Unaligned __attribute__((aligned(4), may_alias));

inline constexpr std::size_t padded(std::size_t n) { return (n + kLanes - 1) / kLanes * kLanes; }

MICROLORA_INLINE F4 load(const float* p) { return *reinterpret_cast<const F4Unaligned*>(p); }
MICROLORA_INLINE void store(float* p, F4 v) { *reinterpret_cast<F4Unaligned*>(p) = v; }
MICROLORA_INLINE U16 load_bits(const float* p) { return *reinterpret_cast<const U16Unaligned*>(p); }
MICROLORA_INLINE F4 splat(float v) { return F4{v, v, v, v}; }
MICROLORA_INLINE F16 load16(const float* p) { return *reinterpret_cast<const F16Unaligned*>(p); }
MICROLORA_INLINE void store16(float* p, F16 v) { *reinterpret_cast<F16Unaligned*>(p) = v; }
MICROLORA_INLINE F16 splat16(float v) { return F16{} + v; }

/// The lanes' sum, always in the same order: quarters of the vector, then their lanes.
MICROLORA_INLINE float sum(F16 v) {
  float lanes[kLanes];
  store16(lanes, v);
  const F4 quarter = (load(lanes) + load(lanes + 4)) + (load(lanes + 8) + load(lanes + 12));
  return (quarter[0] + quarter[1]) + (quarter[2] + quarter[3]);
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
