#include "base/rng.h"

#include <cmath>
#include <numbers>

namespace lab {

std::array<std::uint32_t, 4> Philox::block(std::uint64_t index) const {
  std::array<std::uint32_t, 4> c{static_cast<std::uint32_t>(index),
                                 static_cast<std::uint32_t>(index >> 32), stream_, substream_};
  std::uint32_t k0 = key_[0], k1 = key_[1];
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t p0 = std::uint64_t{0xD2511F53} * c[0];
    const std::uint64_t p1 = std::uint64_t{0xCD9E8D57} * c[2];
    c = {static_cast<std::uint32_t>(p1 >> 32) ^ c[1] ^ k0, static_cast<std::uint32_t>(p1),
         static_cast<std::uint32_t>(p0 >> 32) ^ c[3] ^ k1, static_cast<std::uint32_t>(p0)};
    k0 += 0x9E3779B9;
    k1 += 0xBB67AE85;
  }
  return c;
}

float Philox::normal(std::uint64_t index) const {
  const auto words = block(index >> 1);
  const std::uint32_t a = words[(index & 1) * 2], b = words[(index & 1) * 2 + 1];
  const double u = (a + 1.0) * 0x1p-32;  // (0, 1]: the logarithm stays finite
  return static_cast<float>(std::sqrt(-2.0 * std::log(u)) *
                            std::cos(2.0 * std::numbers::pi * b * 0x1p-32));
}

}  // namespace lab
