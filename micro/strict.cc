#include "strict.h"

#include <cstring>

namespace microlora {

namespace {

/// Two sums of products at a time, so that each vector of x is used twice.
[[gnu::noinline]] void dot_pair(const float* x, const float* first_row, const float* second_row, std::size_t n, float* low) {
  F16 first{}, second{};
  for (std::size_t i = 0; i < n; i += kLanes) {
    const F16 v = load16(x + i);
    first += v * load16(first_row + i);
    second += v * load16(second_row + i);
  }
  low[0] = sum(first);
  low[1] = sum(second);
}

}  // namespace

float dot(const float* x, const float* y, std::size_t n) {
  float low[2];
  dot_pair(x, y, y, n, low);
  return low[0];
}

void dot_rows(const float* x, const float* rows, std::size_t n, std::size_t count, float* low) {
  for (std::size_t k = 0; k < count; k += 2, rows += 2 * n) dot_pair(x, rows, rows + n, n, low + k);
}

void add_outer(float* rows, std::size_t count, const float* c, const float* x, std::size_t n) {
  for (std::size_t k = 0; k < count; ++k, rows += n) {
    const F4 factor = splat(c[k]);
#pragma GCC unroll 4
    for (std::size_t i = 0; i < n; i += 4) {
      store(rows + i, clamp(load(rows + i) + factor * load(x + i), kWeightLimit));
    }
  }
}

void add_scaled(float* y, float c, const float* x, std::size_t n) {
  const F4 factor = splat(c);
#pragma GCC unroll 2
  for (std::size_t i = 0; i < n; i += 4) store(y + i, load(y + i) + factor * load(x + i));
}

bool all_within_limit(const float* v, std::size_t n) {
  bool good = true;
  for (std::size_t i = 0; i < n; ++i) good &= __builtin_fabsf(v[i]) <= kWeightLimit;
  return good;
}

void clear(float* v, std::size_t n) { std::memset(v, 0, n * sizeof(float)); }
void copy(float* to, const float* from, std::size_t n) { std::memcpy(to, from, n * sizeof(float)); }

}  // namespace microlora
