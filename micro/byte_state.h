// Saved bytes: little-endian fields between a magic number and a checksum.
#pragma once

#include <cstddef>
#include <cstdint>

#include "status.h"

namespace microlora {

inline constexpr std::uint32_t kMagic = 0x41524c4d;  // "MLRA"
inline constexpr std::uint32_t kFormatVersion = 1;
enum class Kind : std::uint32_t { kTrainer = 1, kMicroLora = 2 };

/// CRC-32 (ISO 3309, the one of zip and PNG), continued from `before`.
std::uint32_t crc32(const void* bytes, std::size_t size, std::uint32_t before = 0);

/// Counts the bytes when made without memory, writes them when made with it.
class ByteWriter {
 public:
  explicit ByteWriter(Kind kind, std::uint8_t* out = nullptr);
  void put_bytes(const void* bytes, std::size_t size);
  template <class T>
  void put(const T& value) {
    put_bytes(&value, sizeof value);
  }
  /// `rows` rows of n floats, without their padding.
  void put_rows(const float* values, std::size_t n, std::size_t rows);
  std::size_t finish();  ///< appends the checksum; returns the size of all

 private:
  std::uint8_t* out_;
  std::size_t size_ = 0;
};

class ByteReader {
 public:
  /// kFormat, kVersion or kChecksum in `status`, with what was expected and found.
  ByteReader(Kind kind, const std::uint8_t* bytes, std::size_t size);
  Status status = Status::kOk;
  std::uint32_t expected = 0, found = 0;

  void take_bytes(void* to, std::size_t size);
  template <class T>
  T get() {
    T value{};
    take_bytes(&value, sizeof value);
    return value;
  }
  /// Rows as put_rows wrote them. False if they end early or a value is beyond kWeightLimit.
  bool get_rows(float* values, std::size_t n, std::size_t rows);
  bool good() const { return good_; }  ///< nothing was asked for beyond the end
  std::size_t left() const { return left_; }

 private:
  const std::uint8_t* next_;
  std::size_t left_;
  bool good_ = true;
};

}  // namespace microlora
