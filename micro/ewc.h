// EwcState: keeps what an earlier task needed while a later one is learned (EWC++).
#pragma once

#include "gradient.h"

namespace microlora {

/// A running Fisher information and an anchor for every weight (Kirkpatrick et al. 2017; the
/// running form is Chaudhry et al. 2018). All four arrays are in the adapter's padded layout.
struct EwcState {
  void lay_out(Arena& arena, const Adapter& adapter);
  void reset();  ///< zero Fisher; call update_optimal to set the anchor

  /// F = decay * F + (1 - decay) * g^2, from the gradients of one example or the mean of several.
  void update_fisher(const Gradient& gradient, float decay);
  void update_optimal(const Adapter& adapter);  ///< the anchor is the adapter as it is now
  bool fits(const Adapter& adapter) const;

  float *fisher_a, *fisher_b, *optimal_a, *optimal_b;
  std::size_t a_size, b_size;
};

/// W = W - lr / count * gradient, then the penalty lambda / 2 * F (W - W*)^2 as an implicit step:
/// W += lr lambda F / (1 + lr lambda F) * (W* - W). It approaches the anchor and never overshoots
/// it, however large lambda is. Clears the gradient; nothing if nothing was accumulated.
void apply_with_ewc(Adapter& adapter, Gradient& gradient, const EwcState& ewc, float lr,
                    float lambda);

}  // namespace microlora
