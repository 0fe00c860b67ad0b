#include "file/gguf_input.h"

#include <bit>
#include <limits>

#include "base/cat.h"
#include "file/gguf_types.h"

namespace lab {

static_assert(std::endian::native == std::endian::little,
              "numbers are read as they lie in the file");

std::unexpected<Error> GgufInput::refuse(Code code, std::string message,
                                         std::uint64_t offset) const {
  return fail(Error{code, std::move(message)}
                  .in(source_.name())
                  .at(static_cast<std::int64_t>(offset))
                  .of(field_)
                  .fix("Download the file again, or convert the model again."));
}

std::unexpected<Error> GgufInput::truncated(std::string_view what, std::uint64_t needed) const {
  return fail(Error{Code::kTruncated,
                    cat(what, " needs ", needed, " bytes, but only ", left(), " are left")}
                  .in(source_.name())
                  .at(static_cast<std::int64_t>(at_))
                  .of(field_)
                  .fix("Check that the file is complete."));
}

Result<std::string_view> GgufInput::string(std::string_view what) {
  LAB_TRY(const auto length, number<std::uint64_t>(what));
  if (length > left()) {
    at_ -= sizeof length;
    return truncated(what, length);
  }
  const std::string_view text(reinterpret_cast<const char*>(bytes_.data()) + at_, length);
  at_ += length;
  return text;
}

Result<GgufType> GgufInput::value_type() {
  const std::uint64_t start = at_;
  LAB_TRY(const auto type, number<std::uint32_t>("a value's type"));
  if (type > static_cast<std::uint32_t>(GgufType::kF64))
    return refuse(Code::kCorrupt, cat("there is no metadata type ", type), start);
  return static_cast<GgufType>(type);
}

Result<GgufValue> GgufInput::value(GgufType type) {
  GgufValue result{type, {}};
  if (type == GgufType::kString) {
    LAB_TRY(result.value, string("a string"));
  } else if (type == GgufType::kArray) {
    LAB_TRY(result.value, array());
  } else {
    if (left() < gguf_value_bytes(type)) return truncated("a value", gguf_value_bytes(type));
    switch (type) {
      case GgufType::kF32: case GgufType::kF64: result.value = take_float(type); break;
      case GgufType::kU64: result.value = take<std::uint64_t>(); break;
      case GgufType::kBool: {
        LAB_TRY(const std::int64_t truth, take_integer(type));
        result.value = truth != 0;
        break;
      }
      default: {
        LAB_TRY(result.value, take_integer(type));
      }
    }
  }
  return result;
}

double GgufInput::take_float(GgufType type) {
  return type == GgufType::kF32 ? static_cast<double>(take<float>()) : take<double>();
}

Result<std::int64_t> GgufInput::take_integer(GgufType type) {
  switch (type) {
    case GgufType::kU8: return take<std::uint8_t>();
    case GgufType::kI8: return take<std::int8_t>();
    case GgufType::kU16: return take<std::uint16_t>();
    case GgufType::kI16: return take<std::int16_t>();
    case GgufType::kU32: return take<std::uint32_t>();
    case GgufType::kI32: return take<std::int32_t>();
    case GgufType::kI64: return take<std::int64_t>();
    case GgufType::kBool: {
      const auto truth = take<std::uint8_t>();
      if (truth > 1)
        return refuse(Code::kCorrupt, cat("a bool is ", truth, ", not 0 or 1"), at_ - 1);
      return truth;
    }
    default: {
      const auto value = take<std::uint64_t>();
      if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
        return refuse(Code::kUnsupported, cat("the number ", value, " needs more than 63 bits"),
                      at_ - 8);
      return static_cast<std::int64_t>(value);
    }
  }
}

Result<GgufArray> GgufInput::array() {
  const std::uint64_t start = at_;
  LAB_TRY(const auto element, value_type());
  if (element == GgufType::kArray)
    return refuse(Code::kUnsupported, "arrays of arrays are not supported", start);
  LAB_TRY(const auto length, number<std::uint64_t>("an array's length"));
  const bool strings = element == GgufType::kString;
  // Every string takes at least its length field, so `length` never exceeds what the file
  // justifies.
  const std::uint64_t least = strings ? sizeof(std::uint64_t) : gguf_value_bytes(element);
  if (length > left() / least)
    return refuse(Code::kTruncated,
                  cat("an array of ", length, " elements does not fit the ", left(),
                      " bytes that are left"),
                  start + sizeof(std::uint32_t));
  GgufArray result{element, {}};
  if (strings) {
    std::vector<std::string_view> list;
    list.reserve(length);
    for (std::uint64_t i = 0; i < length; ++i) {
      LAB_TRY(const auto text, string("a string of an array"));
      list.push_back(text);
    }
    result.values = std::move(list);
  } else if (element == GgufType::kF32 || element == GgufType::kF64) {
    std::vector<double> list(length);
    for (double& item : list) item = take_float(element);
    result.values = std::move(list);
  } else {
    std::vector<std::int64_t> list(length);
    for (std::int64_t& item : list) {
      LAB_TRY(item, take_integer(element));
    }
    result.values = std::move(list);
  }
  return result;
}

}  // namespace lab
