#include "gradient.h"

#include "strict.h"

namespace microlora {

Status gradient_factors(const Adapter& adapter, const float* x, const float* g, float squares, float weight,
                        Factors& factors) {
  const float c = adapter.scale * weight;
  dot_rows(x, adapter.a, adapter.in_stride, adapter.rows(), factors.t);
  dot_rows(g, adapter.b, adapter.out_stride, adapter.rows(), factors.u);
  // B may be all zeros, so that u says nothing about an infinite g: look at g itself.
  float check = squares * 0.0f;
  for (std::uint32_t k = 0; k < adapter.rows(); ++k) {
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

Status Gradient::accumulate(const Adapter& adapter, const float* x, const float* g, float weight) {
  Factors factors;
  const float squares = dot(g, g, adapter.out_stride);
  if (Status s = gradient_factors(adapter, x, g, squares, weight, factors); s != Status::kOk) return s;
  add_outer(a, adapter.shape.rank, factors.u, x, adapter.in_stride);
  add_outer(b, adapter.shape.rank, factors.t, g, adapter.out_stride);
  ++count;
  return Status::kOk;
}

void Gradient::apply(Adapter& adapter, float lr) {
  if (!count) return;
  const float c = -lr / static_cast<float>(count);
  add_outer(adapter.a, 1, &c, a, adapter.a_size() + adapter.b_size());
  clear(adapter);
}

float clip_factor(float squares, float clip) {
  const float length = __builtin_sqrtf(squares);
  return length > clip ? clip / length : 1.0f;
}

Status descend(Adapter& adapter, const float* x, const float* g, float squares, float lr, float clip) {
  Factors factors;
  const Status s = gradient_factors(adapter, x, g, squares, -lr * clip_factor(squares, clip), factors);
  if (s != Status::kOk) return s;
  add_outer(adapter.a, adapter.shape.rank, factors.u, x, adapter.in_stride);
  add_outer(adapter.b, adapter.shape.rank, factors.t, g, adapter.out_stride);
  return Status::kOk;
}

}  // namespace microlora
