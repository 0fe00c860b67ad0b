// The Range header: which bytes of a file a client asks for (RFC 9110, 14).
#pragma once

#include <cstdint>
#include <string_view>

namespace lab::server {

struct ByteRangeAnswer {
  enum Kind : std::uint8_t {
    kWhole,          ///< 200: no range, none that we understand, or several
    kPart,           ///< 206: bytes [begin, begin + length)
    kUnsatisfiable,  ///< 416: well-formed, but nothing of it exists
  };
  Kind kind = kWhole;
  std::uint64_t begin = 0, length = 0;
  bool operator==(const ByteRangeAnswer&) const = default;
};

/// `header` is the value of Range, empty if there is none; `size` the file's length in bytes. A
/// header that is malformed is ignored, as the RFC permits; so is one that asks for several ranges.
ByteRangeAnswer answer_range(std::string_view header, std::uint64_t size);

}  // namespace lab::server
