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

/// The numbers of one seed and stream.
class Random {
 public:
  Random(std::uint64_t seed, std::uint64_t stream) : start_(mix(seed + stream * kStep)) {}
  std::uint64_t bits(std::uint64_t index) const { return mix(start_ + (index + 1) * kStep); }
  /// Uniform in [0, 1), a multiple of 2^-24.
  float unit(std::uint64_t index) const {
    return static_cast<float>(bits(index) >> 40) * 0x1p-24f;
  }

 private:
  static constexpr std::uint64_t kStep = 0x9e3779b97f4a7c15u;
  std::uint64_t start_;
};

}  // namespace microlora
