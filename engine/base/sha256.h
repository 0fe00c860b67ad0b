// SHA-256 (FIPS 180-4) of bytes that arrive in pieces: names files by what is in them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace lab {

class Sha256 {
 public:
  using Digest = std::array<std::uint8_t, 32>;

  Sha256() = default;
  /// `portable` hashes without the processor's own instructions.
  explicit Sha256(bool portable) : portable_(portable) {}

  void update(std::span<const std::byte> bytes);
  /// The digest of everything so far; the object is used up.
  Digest finish();

 private:
  void blocks(const std::byte* data, std::size_t count);

  std::array<std::uint32_t, 8> state_{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                      0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::array<std::byte, 64> pending_{};  ///< bytes_ % 64 bytes that do not fill a block yet
  std::uint64_t bytes_ = 0;
  [[maybe_unused]] bool portable_ = false;
};

/// The digest as 64 lower-case hexadecimal digits, as sha256sum prints it.
std::string hex(const Sha256::Digest& digest);
std::string sha256_hex(std::span<const std::byte> bytes);

}  // namespace lab
