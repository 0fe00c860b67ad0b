#include "adapter.h"

#include "random.h"
#include "strict.h"

namespace microlora {

float Adapter::default_bound(std::uint32_t in) {
  return __builtin_sqrtf(2.0f / static_cast<float>(in));
}

bool AdapterConfig::valid() const {
  return shape.valid() && finite(scale) && __builtin_fabsf(bound) <= kWeightLimit;
}

void Adapter::lay_out(Arena& arena, const AdapterConfig& config) {
  shape = config.shape;
  scale = config.scale;
  bound = config.bound;
  seed = config.seed;
  rows = (shape.rank + 1) & ~1u;
  in_stride = padded(shape.in);
  out_stride = padded(shape.out);
  a = arena.take(a_size());
  b = arena.take(b_size());
}

void Adapter::reset() {
  clear(a, a_size());
  clear(b, b_size());
  const Random random(seed, 0);
  for (std::uint32_t i = 0; i < shape.in; ++i) {
    for (std::uint32_t k = 0; k < shape.rank; ++k)
      a[k * in_stride + i] = (2 * random.unit(i * shape.rank + k) - 1) * bound;
  }
}

void unpack_a(const Shape& shape, const float* values, float* a) {
  for (std::uint32_t i = 0; i < shape.in; ++i) {
    for (std::uint32_t k = 0; k < shape.rank; ++k) a[k * padded(shape.in) + i] = *values++;
  }
}
void unpack_b(const Shape& shape, const float* values, float* b) {
  for (std::uint32_t k = 0; k < shape.rank; ++k)
    copy(b + k * padded(shape.out), values + k * shape.out, shape.out);
}
void pack_a(const Shape& shape, const float* a, float* values) {
  for (std::uint32_t i = 0; i < shape.in; ++i) {
    for (std::uint32_t k = 0; k < shape.rank; ++k) *values++ = a[k * padded(shape.in) + i];
  }
}
void pack_b(const Shape& shape, const float* b, float* values) {
  for (std::uint32_t k = 0; k < shape.rank; ++k)
    copy(values + k * shape.out, b + k * padded(shape.out), shape.out);
}

void Adapter::read(float* a_values, float* b_values) const {
  pack_a(shape, a, a_values);
  pack_b(shape, b, b_values);
}

Status Adapter::write(const float* a_values, const float* b_values) {
  if (!all_within_limit(a_values, shape.in * shape.rank) ||
      !all_within_limit(b_values, shape.rank * shape.out)) {
    return Status::kNotFinite;
  }
  unpack_a(shape, a_values, a);
  unpack_b(shape, b_values, b);
  return Status::kOk;
}

double Adapter::delta_norm() const {
  // |A B|^2 = sum over k, l of (A_k . A_l)(B_k . B_l)
  double total = 0;
  for (std::uint32_t k = 0; k < shape.rank; ++k) {
    for (std::uint32_t l = 0; l < shape.rank; ++l) {
      total += static_cast<double>(dot(a + k * in_stride, a + l * in_stride, in_stride)) *
               dot(b + k * out_stride, b + l * out_stride, out_stride);
    }
  }
  return total > 0 ? __builtin_sqrt(total) * __builtin_fabsf(scale) : 0;
}

void Adapter::add_delta(float* w, std::uint32_t first, std::uint32_t count) const {
  for (std::uint32_t i = first; i < first + count; ++i, w += out_stride) {
    for (std::uint32_t k = 0; k < shape.rank; ++k) {
      add_scaled(w, scale * a[k * in_stride + i], b + k * out_stride, out_stride);
    }
  }
}

}  // namespace microlora
