// Gradient: the derivative of a loss by A and B, added up over examples, and the steps that use it.
#pragma once

#include "adapter.h"

namespace microlora {

inline constexpr float kNoClip = 3e38f;

/// With g = dL/dy at the adapter's output for the input x:
///   dL/dB = scale * (x A)^T g,   dL/dA = scale * x^T (g B^T).
struct Gradient {
  void lay_out(Arena& arena, const Adapter& adapter);
  void clear(const Adapter& adapter);

  /// Adds weight * gradient, with g scaled down to the length `clip` if longer. kNotFinite if x, g
  /// or a product is not finite; nothing is then added.
  Status accumulate(const Adapter& adapter, const float* x, const float* g, float weight,
                    float clip = kNoClip);

  /// W -= lr / count * gradient, then clears. Nothing if nothing was accumulated.
  void apply(Adapter& adapter, float lr);

  float *a, *b;         ///< in the padded layout of the adapter
  std::uint32_t count;  ///< examples since the last `clear`
};

/// The factors that turn x and g into weight * gradient: dA row k = u[k] * x, dB row k = t[k] * g.
struct Factors {
  float t[kMaxRank];
  float u[kMaxRank];
  float squares;  ///< |g|^2
};

/// kNotFinite if x or g is not finite, or so large that a step could not be computed. g counts as
/// scaled down to the length `clip`, if it is longer.
Status gradient_factors(const Adapter& adapter, const float* x, const float* g, float weight,
                        float clip, Factors& factors);

/// One step of plain gradient descent on one example, without accumulating: W -= lr * gradient,
/// with g clipped. kNotFinite leaves the adapter unchanged. `moved` says whether g was other than
/// zero.
Status descend(Adapter& adapter, const float* x, const float* g, float lr, float clip, bool& moved);

}  // namespace microlora
