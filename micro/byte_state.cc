#include "byte_state.h"

#include <bit>
#include <cstring>

#include "strict.h"

namespace microlora {

static_assert(std::endian::native == std::endian::little, "saved bytes are little-endian");

std::uint32_t crc32(const void* bytes, std::size_t size, std::uint32_t before) {
  static constexpr struct Table {
    std::uint32_t entry[16] = {};
    constexpr Table() {
      for (std::uint32_t i = 0; i < 16; ++i) {
        entry[i] = i;
        for (int bit = 0; bit < 4; ++bit)
          entry[i] = entry[i] >> 1 ^ (entry[i] & 1 ? 0xedb88320 : 0);
      }
    }
  } kTable;
  std::uint32_t crc = ~before;
  const auto* p = static_cast<const std::uint8_t*>(bytes);
  for (std::size_t i = 0; i < size; ++i) {
    crc = crc >> 4 ^ kTable.entry[(crc ^ p[i]) & 15];
    crc = crc >> 4 ^ kTable.entry[(crc ^ p[i] >> 4) & 15];
  }
  return ~crc;
}

ByteWriter::ByteWriter(Kind kind, std::uint8_t* out) : out_(out) {
  put(kMagic);
  put(kFormatVersion);
  put(kind);
}

void ByteWriter::put_bytes(const void* bytes, std::size_t size) {
  if (out_) std::memcpy(out_ + size_, bytes, size);
  size_ += size;
}

void ByteWriter::put_rows(const float* values, std::size_t n, std::size_t rows) {
  for (std::size_t k = 0; k < rows; ++k) put_bytes(values + k * padded(n), n * sizeof(float));
}

std::size_t ByteWriter::finish() {
  put(out_ ? crc32(out_, size_) : 0u);
  return size_;
}

ByteReader::ByteReader(Kind kind, const std::uint8_t* bytes, std::size_t size)
    : next_(bytes), left_(size) {
  const auto differ = [this](Status why, std::uint32_t wanted, std::uint32_t came) {
    if (status != Status::kOk || wanted == came) return;
    status = why;
    expected = wanted;
    found = came;
  };
  constexpr std::uint32_t kLeast = 4 * sizeof(std::uint32_t);
  if (size < kLeast) {
    differ(Status::kFormat, kLeast, static_cast<std::uint32_t>(size));
    return;
  }
  left_ -= sizeof(std::uint32_t);
  std::uint32_t stored;
  std::memcpy(&stored, bytes + left_, sizeof stored);
  differ(Status::kFormat, kMagic, get<std::uint32_t>());
  differ(Status::kVersion, kFormatVersion, get<std::uint32_t>());
  differ(Status::kChecksum, stored, crc32(bytes, size - sizeof stored));
  differ(Status::kFormat, static_cast<std::uint32_t>(kind), get<std::uint32_t>());
}

void ByteReader::take_bytes(void* to, std::size_t size) {
  good_ = good_ && size <= left_;
  if (!good_) return;
  std::memcpy(to, next_, size);
  next_ += size;
  left_ -= size;
}

bool ByteReader::get_rows(float* values, std::size_t n, std::size_t rows) {
  for (std::size_t k = 0; k < rows; ++k, values += padded(n)) {
    take_bytes(values, n * sizeof(float));
    if (!good_ || !all_within_limit(values, n)) return false;
  }
  return true;
}

}  // namespace microlora
