// Counter-based random numbers: (seed, stream, index) gives the number, so nothing has hidden state.
#pragma once

#include <array>
#include <cstdint>

namespace lab {

/// What a random number is for; each purpose has its own stream.
enum class Stream : std::uint32_t { kInit = 1, kDropout = 2, kShuffle = 3, kSample = 4, kSplit = 5, kDirection = 6 };

/// Philox 4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC11).
class Philox {
 public:
  /// `substream` separates users of one purpose, e.g. tensors (init) or layer and step (dropout).
  Philox(std::uint64_t seed, Stream stream, std::uint32_t substream = 0)
      : key_{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)},
        stream_(static_cast<std::uint32_t>(stream)), substream_(substream) {}

  /// Four independent 32-bit words for block number `index`.
  std::array<std::uint32_t, 4> block(std::uint64_t index) const;
  /// The word number `index`.
  std::uint32_t word(std::uint64_t index) const { return block(index >> 2)[index & 3]; }
  /// Uniform in [0, 1) with 24 bits.
  float uniform(std::uint64_t index) const { return static_cast<float>(word(index) >> 8) * 0x1p-24f; }
  /// Standard normal by Box-Muller from two words of one block.
  float normal(std::uint64_t index) const;
  /// Uniform integer in [0, bound), bound >= 1, free of modulo bias to 2^-32.
  std::uint32_t below(std::uint64_t index, std::uint32_t bound) const {
    return static_cast<std::uint32_t>((static_cast<std::uint64_t>(word(index)) * bound) >> 32);
  }

 private:
  std::array<std::uint32_t, 2> key_;
  std::uint32_t stream_;
  std::uint32_t substream_;
};

}  // namespace lab
