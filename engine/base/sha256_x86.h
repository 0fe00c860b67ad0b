// The part of SHA-256 that x86 processors have instructions for.
#pragma once

#include <cstddef>
#include <cstdint>

namespace lab {

/// False on other processors.
bool has_sha_instructions();
/// Takes `blocks` x 64 bytes into the eight words of `state`; needs has_sha_instructions().
void sha256_blocks_x86(std::uint32_t* state, const std::uint32_t* round_constants, const std::byte* data, std::size_t blocks);

}  // namespace lab
