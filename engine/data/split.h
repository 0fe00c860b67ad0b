// choose_validation(): which parts of a corpus are held out, so that a run can be judged by them.
#pragma once

#include <cstdint>
#include <vector>

namespace lab {

/// One flag a unit, 1 for those held out: `fraction` of them, rounded, at random by `seed`; at
/// least one where fraction > 0 and there are two units, and never all.
std::vector<std::uint8_t> choose_validation(std::int64_t units, double fraction,
                                            std::uint64_t seed);

}  // namespace lab
