#include "gradient.h"

#include "strict.h"

namespace microlora {

Status gradient_factors(const Adapter& adapter, const float* x, const float* g, float weight,
                        float clip, Factors& factors) {
  dot_rows(x, adapter.a, adapter.in_stride, adapter.rows, factors.t);
  factors.squares = dot_rows(g, adapter.b, adapter.out_stride, adapter.rows, factors.u);
  const float length = __builtin_sqrtf(factors.squares);
  const float c = adapter.scale * weight * (length > clip ? clip / length : 1);
  // B may be all zeros, so that u says nothing about an infinite g: look at g itself.
  float check = factors.squares * 0.0f;
  for (std::uint32_t k = 0; k < adapter.rows; ++k) {
    factors.t[k] *= c;
    factors.u[k] *= c;
    check += factors.t[k] * 0.0f + factors.u[k] * 0.0f;
  }
  return finite(check) ? Status::kOk : Status::kNotFinite;
}

void Gradient::lay_out(Arena& arena, const Adapter& adapter) {
  a = arena.take(adapter.a_size());
  b = arena.take(adapter.b_size());
}

void Gradient::clear(const Adapter& adapter) {
  microlora::clear(a, adapter.a_size() + adapter.b_size());  // they lie in a row
  count = 0;
}

Status Gradient::accumulate(const Adapter& adapter, const float* x, const float* g, float weight,
                            float clip) {
  Factors factors;
  if (Status s = gradient_factors(adapter, x, g, weight, clip, factors); s != Status::kOk) return s;
  add_outer(a, adapter.rows, factors.u, x, adapter.in_stride);
  add_outer(b, adapter.rows, factors.t, g, adapter.out_stride);
  ++count;
  return Status::kOk;
}

void Gradient::apply(Adapter& adapter, float lr) {
  if (!count) return;
  add_scaled(adapter.a, -lr / static_cast<float>(count), a, adapter.a_size() + adapter.b_size(),
             kWeightLimit);
  clear(adapter);
}

Status descend(Adapter& adapter, const float* x, const float* g, float lr, float clip,
               bool& moved) {
  Factors factors;
  if (Status s = gradient_factors(adapter, x, g, -lr, clip, factors); s != Status::kOk) return s;
  add_outer(adapter.a, adapter.rows, factors.u, x, adapter.in_stride);
  add_outer(adapter.b, adapter.rows, factors.t, g, adapter.out_stride);
  moved = factors.squares > 0;
  return Status::kOk;
}

}  // namespace microlora
