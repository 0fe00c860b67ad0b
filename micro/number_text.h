// Lists of floats as text, many times faster than a general JSON library, for the adapters' JSON.
#pragma once

#include <cstddef>
#include <cstdint>

namespace microlora {

inline constexpr std::size_t kLongestNumber = 16;  ///< with its comma

/// In which order to write a matrix: `outer` times `inner` floats, so many floats apart.
struct Order {
  std::uint32_t outer, inner, outer_step, inner_step;
};

/// Writes at least one finite float as JSON numbers with commas between, which read back as the
/// same floats: at most nine significant digits, seldom more than are needed. `out` has room for
/// kLongestNumber bytes each, all of which may be written. Returns the end.
char* write_numbers(const float* values, const Order& order, char* out);

/// Reads JSON numbers with commas between, and nothing else but white space; `out` has room for
/// size / 2 + 1. Returns how many, or -1 if the text is anything else or a number is beyond
/// float32.
std::int32_t read_numbers(const char* text, std::size_t size, float* out);

}  // namespace microlora
