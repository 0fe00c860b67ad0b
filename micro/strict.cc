#include "strict.h"

#include <cstring>

namespace microlora {

float dot(const float* x, const float* y, std::size_t n) {
  F8 total{};
  for (std::size_t i = 0; i < n; i += kLanes) total += load<F8>(x + i) * load<F8>(y + i);
  return sum(total);
}

// Two rows at a time, so that each vector of x is used twice. The product with itself costs
// nothing: the time goes into loading.
float dot_rows(const float* x, const float* rows, std::size_t n, std::size_t count, float* low) {
  float squares = 0;
  for (std::size_t k = 0; k < count; k += 2, rows += 2 * n) {
    F8 first{}, second{}, itself{};
    for (std::size_t i = 0; i < n; i += kLanes) {
      const F8 v = load<F8>(x + i);
      first += v * load<F8>(rows + i);
      second += v * load<F8>(rows + n + i);
      itself += v * v;
    }
    const F4 both = sums(first, second);
    low[k] = both[0];
    low[k + 1] = both[1];
    squares = sum(itself);
  }
  return squares;
}

void add_outer(float* rows, std::size_t count, const float* c, const float* x, std::size_t n) {
  for (std::size_t k = 0; k < count; k += 2, rows += 2 * n) {
    const F4 first = splat(c[k]), second = splat(c[k + 1]);
    for (std::size_t i = 0; i < n; i += 4) {
      const F4 v = load(x + i);
      store(rows + i, clamp(load(rows + i) + first * v, kWeightLimit));
      store(rows + n + i, clamp(load(rows + n + i) + second * v, kWeightLimit));
    }
  }
}

void add_scaled(float* y, float c, const float* x, std::size_t n, float limit) {
  const F4 factor = splat(c);
  for (std::size_t i = 0; i < n; i += 4)
    store(y + i, clamp(load(y + i) + factor * load(x + i), limit));
}

bool all_within_limit(const float* v, std::size_t n) {
  bool good = true;
  for (std::size_t i = 0; i < n; ++i) good &= __builtin_fabsf(v[i]) <= kWeightLimit;
  return good;
}

void clear(float* v, std::size_t n) { std::memset(v, 0, n * sizeof(float)); }
void copy(float* to, const float* from, std::size_t n) { std::memcpy(to, from, n * sizeof(float)); }

}  // namespace microlora
