#include "file/gguf_writer.h"

#include <bit>
#include <limits>
#include <set>
#include <type_traits>

#include "base/cat.h"
#include "base/checked.h"
#include "file/gguf_types.h"

namespace lab {
namespace {

static_assert(std::endian::native == std::endian::little,
              "numbers are written as they lie in memory");

constexpr std::uint32_t kVersion = 3;
constexpr std::size_t kMaxNameBytes = 63;  // llama.cpp's limit; the format document allows 64
constexpr std::size_t kMaxKeyBytes = 65'535;
constexpr std::size_t kMaxDims = 4;

/// Collects the bytes before the data.
class Header {
 public:
  template <class Number>
  void number(Number value) {
    static_assert(std::is_arithmetic_v<Number>);
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  void string(std::string_view text) {
    number<std::uint64_t>(text.size());
    bytes_ += text;
  }

  bool value(const GgufValue& value) {
    number(static_cast<std::uint32_t>(value.type));
    if (const auto* array = std::get_if<GgufArray>(&value.value))
      return value.type == GgufType::kArray && this->array(*array);
    if (const auto* text = std::get_if<std::string_view>(&value.value)) {
      string(*text);
      return value.type == GgufType::kString;
    }
    if (const auto* truth = std::get_if<bool>(&value.value)) {
      number<std::uint8_t>(*truth);
      return value.type == GgufType::kBool;
    }
    if (const auto* wide = std::get_if<std::uint64_t>(&value.value)) {
      number(*wide);
      return value.type == GgufType::kU64;
    }
    if (const auto* real = std::get_if<double>(&value.value)) return floating(value.type, *real);
    return value.type != GgufType::kBool && value.type != GgufType::kU64 &&
           integer(value.type, std::get<std::int64_t>(value.value));
  }

  std::string& bytes() { return bytes_; }

 private:
  bool array(const GgufArray& array) {
    number(static_cast<std::uint32_t>(array.element));
    number<std::uint64_t>(array.size());
    if (const auto* texts = std::get_if<std::vector<std::string_view>>(&array.values)) {
      for (const auto text : *texts) string(text);
      return array.element == GgufType::kString;
    }
    if (const auto* reals = std::get_if<std::vector<double>>(&array.values)) {
      for (const double real : *reals)
        if (!floating(array.element, real)) return false;
      return array.element == GgufType::kF32 || array.element == GgufType::kF64;
    }
    for (const std::int64_t value : std::get<std::vector<std::int64_t>>(array.values))
      if (!integer(array.element, value)) return false;
    return gguf_value_bytes(array.element) > 0;
  }

  bool floating(GgufType type, double value) {
    if (type == GgufType::kF32) return number(static_cast<float>(value)), true;
    if (type == GgufType::kF64) return number(value), true;
    return false;
  }

  template <class Number>
  bool narrow(std::int64_t value) {
    if (!std::in_range<Number>(value)) return false;
    number(static_cast<Number>(value));
    return true;
  }
  bool integer(GgufType type, std::int64_t value) {
    switch (type) {
      case GgufType::kU8: return narrow<std::uint8_t>(value);
      case GgufType::kI8: return narrow<std::int8_t>(value);
      case GgufType::kU16: return narrow<std::uint16_t>(value);
      case GgufType::kI16: return narrow<std::int16_t>(value);
      case GgufType::kU32: return narrow<std::uint32_t>(value);
      case GgufType::kI32: return narrow<std::int32_t>(value);
      case GgufType::kU64: return narrow<std::uint64_t>(value);
      case GgufType::kI64: return narrow<std::int64_t>(value);
      case GgufType::kBool: return (value == 0 || value == 1) && narrow<std::uint8_t>(value);
      case GgufType::kF32:
      case GgufType::kF64:
      case GgufType::kString:
      case GgufType::kArray:
        break;
    }
    return false;
  }

  std::string bytes_;
};

/// The tensor's bytes, or why it cannot be written.
Result<std::uint64_t> check_tensor(const GgufTensorInfo& tensor,
                                   std::set<std::string_view>& names) {
  const auto refuse = [&](std::string message) {
    return fail(Error{Code::kBadArgument, std::move(message)}.of(tensor.name));
  };
  if (tensor.name.empty() || tensor.name.size() > kMaxNameBytes)
    return refuse(cat("a tensor's name must have 1 to ", kMaxNameBytes, " bytes"));
  if (!names.insert(tensor.name).second) return refuse("this tensor's name is already taken");
  if (!ggml_from_dtype(tensor.dtype))
    return refuse(cat("GGUF files cannot hold the type ", name(tensor.dtype)));
  if (tensor.shape.empty() || tensor.shape.size() > kMaxDims)
    return refuse(cat("a tensor must have 1 to ", kMaxDims, " dimensions"));
  const auto elements = checked_product(tensor.shape);
  const auto bytes = elements ? storage_bytes(tensor.dtype, *elements) : std::nullopt;
  if (!bytes || *bytes == 0 || tensor.shape.back() % info(tensor.dtype).block_elements != 0)
    return refuse("the tensor's shape has no whole number of blocks");
  return *bytes;
}

Result<std::uint64_t> add_metadata(const GgufMetadata& metadata, Header& header) {
  std::uint64_t alignment = kGgufDefaultAlignment;
  std::set<std::string_view> keys;
  for (const auto& [key, value] : metadata) {
    const auto refuse = [&](const char* message) {
      return fail(Error{Code::kBadArgument, message}.of(key));
    };
    if (key.empty() || key.size() > kMaxKeyBytes) return refuse("the key is empty or too long");
    if (!keys.insert(key).second) return refuse("this key is already taken");
    header.string(key);
    if (!header.value(value)) return refuse("the value does not fit its type");
    if (key == kGgufAlignmentKey) {
      const auto* wanted = std::get_if<std::int64_t>(&value.value);
      if (value.type != GgufType::kU32 || !std::has_single_bit(static_cast<std::uint64_t>(*wanted)))
        return refuse("the alignment must be a power of two, as a u32");
      alignment = static_cast<std::uint64_t>(*wanted);
    }
  }
  return alignment;
}

}  // namespace

std::unexpected<Error> gguf_cannot_say(std::string_view what, std::string_view field) {
  return fail(Error{Code::kUnsupported, cat("a GGUF file cannot say ", what)}.of(field).fix("Write a folder instead."));
}

GgufValue gguf_u32(std::uint32_t value) { return {GgufType::kU32, std::int64_t{value}}; }
GgufValue gguf_f32(float value) { return {GgufType::kF32, static_cast<double>(value)}; }
GgufValue gguf_bool(bool value) { return {GgufType::kBool, value}; }
GgufValue gguf_string(std::string_view value) { return {GgufType::kString, value}; }
GgufValue gguf_strings(std::vector<std::string_view> values) {
  return {GgufType::kArray, GgufArray{GgufType::kString, std::move(values)}};
}

Result<GgufWriter> GgufWriter::create(const std::string& path, const GgufMetadata& metadata,
                                      std::vector<GgufTensorInfo> tensors) {
  Header header;
  header.number(kGgufMagic);
  header.number(kVersion);
  header.number<std::uint64_t>(tensors.size());
  header.number<std::uint64_t>(metadata.size());
  LAB_TRY(const std::uint64_t alignment, add_metadata(metadata, header));

  std::vector<std::uint64_t> sizes;
  std::set<std::string_view> names;
  std::uint64_t offset = 0;
  for (const GgufTensorInfo& tensor : tensors) {
    LAB_TRY(const std::uint64_t bytes, check_tensor(tensor, names));
    sizes.push_back(bytes);
    header.string(tensor.name);
    header.number(static_cast<std::uint32_t>(tensor.shape.size()));
    for (auto dim = tensor.shape.rbegin(); dim != tensor.shape.rend(); ++dim) header.number(*dim);
    header.number(*ggml_from_dtype(tensor.dtype));
    header.number(offset);
    const auto padded = checked_align_up(bytes, alignment);
    const auto next = padded ? checked_add(offset, *padded) : std::nullopt;
    if (!next) return fail(Error{Code::kBadArgument, "the file's size overflows"}.of(tensor.name));
    offset = *next;
  }
  header.bytes().resize((header.bytes().size() + alignment - 1) / alignment * alignment);

  LAB_TRY(AtomicFile file, AtomicFile::create(path));
  LAB_CHECK(file.write(header.bytes()));
  return GgufWriter(std::move(file), std::move(sizes), alignment);
}

Status GgufWriter::append(std::span<const std::byte> bytes) {
  if (bytes.empty()) return {};
  if (tensor_ == sizes_.size() || bytes.size() > sizes_[tensor_] - tensor_bytes_)
    return fail(Code::kBadArgument, "more bytes are written than the tensor has");
  LAB_CHECK(file_.write(bytes));
  tensor_bytes_ += bytes.size();
  return tensor_bytes_ == sizes_[tensor_] ? pad() : Status{};
}

Status GgufWriter::pad() {
  const std::string zeros((alignment_ - tensor_bytes_ % alignment_) % alignment_, '\0');
  tensor_bytes_ = 0;
  ++tensor_;
  return file_.write(zeros);
}

Status GgufWriter::finish() {
  if (tensor_ != sizes_.size())
    return fail(Code::kBadArgument,
                cat("only ", tensor_, " of ", sizes_.size(), " tensors were written"));
  return file_.commit();
}

Status write_gguf(const std::string& path, const GgufMetadata& metadata,
                  const std::vector<NamedTensor>& tensors) {
  std::vector<GgufTensorInfo> infos;
  for (const auto& [name, view] : tensors) {
    if (storage_bytes(view.dtype, view.elements()) != view.bytes.size())
      return fail(
          Error{Code::kBadArgument, "the tensor's bytes do not fit its shape"}.in(path).of(name));
    infos.push_back({name, view.dtype, view.shape});
  }
  LAB_TRY(GgufWriter writer, GgufWriter::create(path, metadata, std::move(infos)));
  for (const auto& tensor : tensors) LAB_CHECK(writer.append(tensor.view.bytes));
  return writer.finish();
}

}  // namespace lab
