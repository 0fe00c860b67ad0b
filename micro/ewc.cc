#include "ewc.h"

#include "strict.h"

namespace microlora {

void EwcState::lay_out(Arena& arena, const Adapter& adapter) {
  a_size = adapter.a_size();
  b_size = adapter.b_size();
  fisher_a = arena.take(a_size);
  fisher_b = arena.take(b_size);
  optimal_a = arena.take(a_size);
  optimal_b = arena.take(b_size);
}

void EwcState::reset() {
  clear(fisher_a, a_size);
  clear(fisher_b, b_size);
  clear(optimal_a, a_size);
  clear(optimal_b, b_size);
}

bool EwcState::fits(const Adapter& adapter) const {
  return a_size == adapter.a_size() && b_size == adapter.b_size();
}

void EwcState::update_fisher(const Gradient& gradient, float decay) {
  if (!gradient.count) return;
  const F4 per_example = splat(1 / static_cast<float>(gradient.count));
  const auto update = [&](float* fisher, const float* gradients, std::size_t size) {
    for (std::size_t i = 0; i < size; i += 4) {
      const F4 g = load(gradients + i) * per_example;
      store(fisher + i, splat(decay) * load(fisher + i) + splat(1 - decay) * (g * g));
    }
  };
  update(fisher_a, gradient.a, a_size);
  update(fisher_b, gradient.b, b_size);
}

void EwcState::update_optimal(const Adapter& adapter) {
  copy(optimal_a, adapter.a, a_size);
  copy(optimal_b, adapter.b, b_size);
}

void apply_with_ewc(Adapter& adapter, Gradient& gradient, const EwcState& ewc, float lr,
                    float lambda) {
  if (!gradient.count) return;
  gradient.apply(adapter, lr);
  const F4 strength = splat(lr * lambda);
  const auto pull = [&](float* w, const float* fisher, const float* anchor, std::size_t size) {
    for (std::size_t i = 0; i < size; i += 4) {
      // Held below 1e12, where the ratio is 1 to the last bit, so that it never is infinity /
      // infinity.
      const F4 f = clamp(strength * load(fisher + i), kWeightLimit);
      const F4 now = load(w + i);
      store(w + i, clamp(now + f / (splat(1) + f) * (load(anchor + i) - now), kWeightLimit));
    }
  };
  pull(adapter.a, ewc.fisher_a, ewc.optimal_a, ewc.a_size);
  pull(adapter.b, ewc.fisher_b, ewc.optimal_b, ewc.b_size);
}

}  // namespace microlora
