// The forward pass of a low-rank adapter: the one loop that is written for speed before all else.
#pragma once

#include <cstddef>
#include <cstdint>

namespace microlora {

inline constexpr std::uint32_t kMaxDimension = 65536;
inline constexpr std::uint32_t kMaxRank = 16;

struct Shape {
  std::uint32_t in, out, rank;
  bool valid() const {
    return in - 1 < kMaxDimension && out - 1 < kMaxDimension && rank - 1 < kMaxRank;
  }
};

/// What a forward pass reads: `a` is [rows][in_stride], `b` is [rows][out_stride], padded with
/// zeros; the strides are multiples of 16 and `rows` is the rank rounded up to an even number.
struct Weights {
  Shape shape;
  float scale;
  std::size_t rows, in_stride, out_stride;
  float *a, *b;
};

enum class Into {
  kReplace,   ///< y = delta
  kResidual,  ///< y = x + delta, elementwise; needs in == out
  kAdd,       ///< y += delta
};

/// delta = share * scale * (x A) B for x [in_stride] and y [out_stride]. `keep` (may be null)
/// receives a copy of x. False, with y untouched, when x is not finite or too large for float32.
using ForwardFunction = bool (*)(const Weights& w, float share, const float* x, float* y,
                                 Into into, float* keep);

/// Instruction sets with a body of their own. `kPortable` is SSE2, NEON or SIMD128.
enum class Isa { kPortable, kAvx2, kAvx512 };

/// The body for an instruction set, or null where this build or this machine does not have it.
ForwardFunction forward_for(Isa isa);

/// The fastest body this machine runs.
bool forward(const Weights& w, float share, const float* x, float* y, Into into,
             float* keep = nullptr);

}  // namespace microlora
