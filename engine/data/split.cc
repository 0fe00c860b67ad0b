#include "data/split.h"

#include <algorithm>
#include <cmath>

#include "data/shuffle.h"

namespace lab {

std::vector<std::uint8_t> choose_validation(std::int64_t units, double fraction,
                                            std::uint64_t seed) {
  std::vector<std::uint8_t> held_out(static_cast<std::size_t>(units), 0);
  if (units < 2 || !(fraction > 0)) return held_out;
  const auto wanted = std::llround(fraction * static_cast<double>(units));
  const auto count = std::clamp<std::int64_t>(wanted, 1, units - 1);
  std::vector<std::uint32_t> order(held_out.size());
  shuffle_indices(Philox(seed, Stream::kSplit), order);
  for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) held_out[order[i]] = 1;
  return held_out;
}

}  // namespace lab
