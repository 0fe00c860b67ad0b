// Builds safetensors files, well-formed or not.
#pragma once

#include <cstring>
#include <string>

#include "base/cat.h"

namespace lab::malformed {

inline std::string little_endian(std::uint64_t value) {
  std::string bytes(8, '\0');
  std::memcpy(bytes.data(), &value, 8);
  return bytes;
}

/// A file of this header and `data`.
inline std::string safetensors(const std::string& header, const std::string& data) {
  return little_endian(header.size()) + header + data;
}
/// A file of this header and so many zero bytes.
inline std::string safetensors(const std::string& header, std::size_t zeros = 0) {
  return safetensors(header, std::string(zeros, '\0'));
}

/// One tensor's entry in the header.
inline std::string entry(const std::string& name, const std::string& dtype,
                         const std::string& shape, const std::string& offsets) {
  return cat('"', name, "\":{\"dtype\":\"", dtype, "\",\"shape\":[", shape, "],\"data_offsets\":[",
             offsets, "]}");
}

}  // namespace lab::malformed
