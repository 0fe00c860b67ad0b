// shuffle_indices(): a random order of the first numbers, the same on every machine.
#pragma once

#include <cstdint>
#include <numeric>
#include <utility>
#include <vector>

#include "base/rng.h"

namespace lab {

/// Puts 0 .. order.size() - 1 into `order` in a random order (Fisher and Yates, in Durstenfeld's
/// form); order.size() < 2^32.
inline void shuffle_indices(const Philox& random, std::vector<std::uint32_t>& order) {
  std::iota(order.begin(), order.end(), std::uint32_t{0});
  for (std::uint32_t left = static_cast<std::uint32_t>(order.size()); left > 1; --left)
    std::swap(order[left - 1], order[random.below(left, left)]);
}

}  // namespace lab
