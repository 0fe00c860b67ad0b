// GgufInput walks over a GGUF file's bytes and reads numbers, strings and metadata values.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

#include "base/mapped_file.h"
#include "base/result.h"
#include "file/gguf.h"

namespace lab {

/// Nothing is read or allocated before it is clear that the bytes are there.
class GgufInput {
 public:
  explicit GgufInput(const ByteSource& source) : bytes_(source.bytes()), source_(source) {}

  /// The next number; kTruncated if the file ends before. `what` names it in the message.
  template <class Number>
  Result<Number> number(std::string_view what) {
    if (left() < sizeof(Number)) return truncated(what, sizeof(Number));
    return take<Number>();
  }
  /// The next string: a u64 length and so many bytes, of any content.
  Result<std::string_view> string(std::string_view what);
  /// The type of a metadata value or of an array's elements; kCorrupt if there is no such type.
  Result<GgufType> value_type();
  /// A value of that type. kTruncated; kCorrupt for a bool that is neither 0 nor 1; kUnsupported
  /// for arrays of arrays, and for numbers above 63 bits in an array.
  Result<GgufValue> value(GgufType type);

 protected:
  std::uint64_t left() const { return bytes_.size() - at_; }

  /// The next number; the caller knows that it is there.
  template <class Number>
  Number take() {
    Number value;
    std::memcpy(&value, bytes_.data() + at_, sizeof value);
    at_ += sizeof value;
    return value;
  }

  std::unexpected<Error> refuse(Code code, std::string message, std::uint64_t offset) const;
  std::unexpected<Error> truncated(std::string_view what, std::uint64_t needed) const;

  std::span<const std::byte> bytes_;
  std::uint64_t at_ = 0;    ///< offset of the next byte
  std::string_view field_;  ///< the key or tensor that is being read, for errors

 private:
  double take_float(GgufType type);
  Result<std::int64_t> take_integer(GgufType type);
  Result<GgufArray> array();

  const ByteSource& source_;
};

}  // namespace lab
