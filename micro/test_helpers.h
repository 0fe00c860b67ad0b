// Reproducible numbers and a hidden teacher for the tests.
#pragma once

#include <cmath>
#include <cstddef>
#include <vector>

#include "random.h"

namespace microlora {

/// Standard normal numbers by position (Box and Muller).
class Normal {
 public:
  explicit Normal(std::uint64_t seed) : radius_(seed, 1), angle_(seed, 2) {}
  float operator()() {
    const double u = 1 - radius_.unit(next_), v = angle_.unit(next_);
    ++next_;
    return static_cast<float>(std::sqrt(-2 * std::log(u)) * std::cos(6.283185307179586 * v));
  }
  std::vector<float> vector(std::size_t n, float scale = 1) {
    std::vector<float> values(n);
    for (float& v : values) v = (*this)() * scale;
    return values;
  }

 private:
  Random radius_, angle_;
  std::uint64_t next_ = 0;
};

/// A hidden map of rank 2.
class Teacher {
 public:
  Teacher(std::size_t dim, Normal& draw, float scale = 1)
      : dim_(dim),
        p_(draw.vector(2 * dim, 1 / std::sqrt(static_cast<float>(dim)))),
        q_(draw.vector(2 * dim, scale)) {}
  std::vector<float> operator()(const float* x) const {
    float s = 0, t = 0;
    for (std::size_t i = 0; i < dim_; ++i) {
      s += x[i] * p_[2 * i];
      t += x[i] * p_[2 * i + 1];
    }
    std::vector<float> y(dim_);
    for (std::size_t j = 0; j < dim_; ++j) y[j] = s * q_[j] + t * q_[dim_ + j];
    return y;
  }

 private:
  std::size_t dim_;
  std::vector<float> p_, q_;
};

/// |a - b| / |b|
inline double difference(const float* a, const float* b, std::size_t n) {
  double d = 0, norm = 0;
  for (std::size_t i = 0; i < n; ++i) {
    d += (static_cast<double>(a[i]) - b[i]) * (static_cast<double>(a[i]) - b[i]);
    norm += static_cast<double>(b[i]) * b[i];
  }
  return std::sqrt(d / (norm > 0 ? norm : 1));
}

}  // namespace microlora
