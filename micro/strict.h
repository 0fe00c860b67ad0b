// The arithmetic of learning: the same bits on every machine and in every build.
//
// Learning never uses fused multiply-add (the files are compiled with -ffp-contract=off), so an
// adapter that saw the same calls has the same bytes in a server, a page and a phone. A weight is
// held within
// +-kWeightLimit, so no update can make one infinite. All lengths are multiples of 16.
#pragma once

#include <cstddef>
#include <cstdint>

#include "simd.h"

namespace microlora {

inline constexpr float kWeightLimit = 1e12f;

/// x . y over n floats.
float dot(const float* x, const float* y, std::size_t n);

/// low[k] = x . row k, for an even `count` > 0 of rows of n floats. Returns x . x.
float dot_rows(const float* x, const float* rows, std::size_t n, std::size_t count, float* low);

/// row k += c[k] * x, held within the limit, for an even `count` of rows of n floats. c and x must
/// be finite.
void add_outer(float* rows, std::size_t count, const float* c, const float* x, std::size_t n);

/// y += c * x, held within `limit`.
void add_scaled(float* y, float c, const float* x, std::size_t n, float limit = __builtin_inff());

/// Whether all of n values are finite, and within the limit.
bool all_within_limit(const float* v, std::size_t n);

void clear(float* v, std::size_t n);
void copy(float* to, const float* from, std::size_t n);

}  // namespace microlora
