// The forward pass of a low-rank adapter: the one loop that is written for speed before all else.
#pragma once

#include <cstddef>

namespace microlora {

/// What a forward pass reads: `a` is [rows][in_stride], `b` is [rows][out_stride], padded with
/// zeros; the strides are multiples of 16 and `rows` is the rank rounded up to an even number.
struct Weights {
  const float* a;
  const float* b;
  std::size_t in_stride, out_stride, rows;
  float scale;
};

enum class Into {
  kReplace,   ///< y = delta
  kResidual,  ///< y = x + delta, elementwise; needs in == out
  kAdd,       ///< y += delta
};

/// delta = scale * (x A) B for x [in_stride] and y [out_stride]. `keep` (may be null) receives a
/// copy of x. False, with y untouched, when x is not finite or too large for float32.
using ForwardFunction = bool (*)(const Weights& w, const float* x, float* y, Into into,
                                 float* keep);

/// Instruction sets with a body of their own. `kPortable` is SSE2, NEON or SIMD128.
enum class Isa { kPortable, kAvx2, kAvx512 };

/// The body for an instruction set, or null where this build or this machine does not have it.
ForwardFunction forward_for(Isa isa);

/// The fastest body this machine runs.
bool forward(const Weights& w, const float* x, float* y, Into into, float* keep = nullptr);

}  // namespace microlora
