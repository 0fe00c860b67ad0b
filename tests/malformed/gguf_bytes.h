// Builds GGUF files field by field, well-formed or not.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lab::malformed {

inline constexpr std::uint64_t kHuge = std::uint64_t{1} << 63;
enum ValueType : std::uint32_t {
  kU8 = 0, kU32 = 4, kI32 = 5, kF32 = 6, kBool = 7, kString = 8, kArray = 9, kU64 = 10,
};
enum TensorType : std::uint32_t {
  kTypeF32 = 0, kTypeQ4_0 = 2, kRemoved = 4, kTypeQ2_K = 10, kTypeIQ1_S = 19, kTypeI8 = 24,
};

/// mark() remembers where the faulty field starts.
class Bytes {
 public:
  Bytes& u8(std::uint8_t value) { return raw(&value, sizeof value); }
  Bytes& u32(std::uint32_t value) { return raw(&value, sizeof value); }
  Bytes& u64(std::uint64_t value) { return raw(&value, sizeof value); }
  Bytes& f32(float value) { return raw(&value, sizeof value); }
  Bytes& str(std::string_view text) { return u64(text.size()).raw(text.data(), text.size()); }
  Bytes& append(std::string_view bytes) { return raw(bytes.data(), bytes.size()); }
  Bytes& zeros(std::size_t count) { return bytes_.append(count, '\0'), *this; }
  Bytes& mark() { return mark_ = std::ssize(bytes_), *this; }
  Bytes& header(std::uint64_t tensors, std::uint64_t metadata) {
    return u32(0x46554747).u32(3).u64(tensors).u64(metadata);
  }
  /// A tensor up to its offset.
  Bytes& tensor(std::string_view name, const std::vector<std::uint64_t>& dims, std::uint32_t type) {
    str(name).u32(static_cast<std::uint32_t>(dims.size()));
    for (auto dim : dims) u64(dim);
    return u32(type);
  }
  Bytes& pad(std::size_t alignment = 32) {
    return zeros((alignment - bytes_.size() % alignment) % alignment);
  }

  const std::string& bytes() const { return bytes_; }
  std::int64_t marked() const { return mark_; }

 private:
  Bytes& raw(const void* data, std::size_t size) {
    return bytes_.append(static_cast<const char*>(data), size), *this;
  }
  std::string bytes_;
  std::int64_t mark_ = -1;
};

/// A file up to its first metadata value.
inline Bytes gguf(std::uint64_t tensors, std::uint64_t metadata) {
  return Bytes().header(tensors, metadata);
}

}  // namespace lab::malformed
