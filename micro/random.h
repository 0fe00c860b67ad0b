// Random numbers by position: (seed, stream, index) gives the number, on every machine the same.
#pragma once

#include <cstdint>

namespace microlora {

/// 64 mixed bits of a counter (the finaliser of SplitMix64, Steele, Lea and Flood 2014).
inline std::uint64_t mix(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

inline std::uint64_t random_bits(std::uint64_t seed, std::uint64_t stream, std::uint64_t index) {
  constexpr std::uint64_t kStep = 0x9e3779b97f4a7c15u;
  return mix(mix(seed + stream * kStep) + (index + 1) * kStep);
}

/// Uniform in [0, 1), a multiple of 2^-24.
inline float random_unit(std::uint64_t seed, std::uint64_t stream, std::uint64_t index) {
  return static_cast<float>(random_bits(seed, stream, index) >> 40) * 0x1p-24f;
}

}  // namespace microlora
