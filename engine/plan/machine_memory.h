// How much memory this process has and could have.
#pragma once

#include <cstdint>

namespace lab {

/// The resident set now, in bytes.
std::uint64_t resident_bytes();
/// What could still be taken without swapping: the smaller of the machine's and the control group's
/// room, in bytes.
std::uint64_t available_bytes();

}  // namespace lab
