#include "file/safetensors.h"

#include <algorithm>
#include <cstring>
#include <tuple>

#include "base/cat.h"
#include "base/out_of_memory.h"
#include "base/checked.h"
#include "file/json.h"

namespace lab {
namespace {

constexpr std::uint64_t kLengthBytes = 8;
constexpr std::uint64_t kMaxHeader = 100'000'000;  // the reference reader's
constexpr std::ptrdiff_t kMaxTensors = 1'000'000;
constexpr std::uint64_t kMaxInteger = std::uint64_t{1} << 53;  // exact in every JSON reader

constexpr std::string_view kDamaged = "The file is damaged: download it or write it again.";

/// Types of the format that no DType stands for, with their bits.
constexpr std::pair<std::string_view, std::uint64_t> kOtherTypes[] = {
    {"F4", 4},          {"F6_E2M3", 6},     {"F6_E3M2", 6}, {"F8_E5M2", 8}, {"F8_E4M3", 8},
    {"F8_E4M3FNUZ", 8}, {"F8_E5M2FNUZ", 8}, {"F8_E8M0", 8}, {"C64", 64},
};

}  // namespace

/// Reads one file; the steps are in the order of the file.
class SafetensorsReader {
 public:
  explicit SafetensorsReader(std::shared_ptr<const ByteSource> source) : bytes_(source->bytes()) {
    file_.source_ = std::move(source);
  }

  Result<Safetensors> read() {
    LAB_CHECK(find_header());
    LAB_TRY(const Json header, parse_header());
    for (const auto& [name, value] : header.object()) {
      if (name == "__metadata__") LAB_CHECK(read_metadata(value));
      else LAB_CHECK(read_entry(name, value));
    }
    LAB_CHECK(place_tensors());
    return std::move(file_);
  }

 private:
  struct Range {
    std::uint64_t begin, end;
    std::size_t tensor;
  };

  const std::string& path() const { return file_.source_->name(); }

  /// An error about a tensor, placed at its entry in the header.
  std::unexpected<Error> refuse(Code code, std::string message, std::string_view tensor) const {
    const auto entry = header_.find(cat('"', tensor, '"'));  // not found if written with escapes
    const std::uint64_t offset = kLengthBytes + (entry == header_.npos ? 0 : entry);
    return fail(Error{code, std::move(message)}
                    .in(path())
                    .at(static_cast<std::int64_t>(offset))
                    .of(tensor)
                    .fix(code == Code::kUnsupported ? "Convert the tensor to F32, F16 or BF16."
                                                    : kDamaged));
  }

  Status find_header() {
    const std::uint64_t size = bytes_.size();
    const auto refuse = [&](Code code, std::string message) {
      return fail(Error{code, std::move(message)}.in(path()).at(0)
                      .fix("Check that this is a safetensors file and that it is complete."));
    };
    if (size < kLengthBytes)
      return refuse(Code::kTruncated, cat("the file has ", size, " bytes, too few for a header"));
    std::uint64_t length;
    std::memcpy(&length, bytes_.data(), kLengthBytes);
    if (length > kMaxHeader)
      return refuse(Code::kLimit, cat("the header's length, ", length, ", is above the limit of ",
                                      kMaxHeader, " bytes"));
    if (length > size - kLengthBytes)
      return refuse(Code::kTruncated, cat("the header should have ", length, " bytes, but only ",
                                          size - kLengthBytes, " follow"));
    header_ = {reinterpret_cast<const char*>(bytes_.data()) + kLengthBytes, static_cast<std::size_t>(length)};
    data_start_ = kLengthBytes + length;
    data_ = bytes_.subspan(data_start_);
    return {};
  }

  Result<Json> parse_header() const {
    const auto too_many = [&] {
      return fail(Error{Code::kLimit, cat("the header names more than ", kMaxTensors, " tensors")}
                      .in(path()).at(kLengthBytes).fix(kDamaged));
    };
    // A brace a tensor: an absurd number of them is refused before any is parsed.
    if (std::ranges::count(header_, '{') > kMaxTensors + 2) return too_many();
    auto json = parse_json(header_, path());
    if (!json) {
      Error error = std::move(json).error();
      error.offset += kLengthBytes;
      return fail(std::move(error));
    }
    if (!json->is_object())
      return fail(
          Error{Code::kBadJson, "the header is not a JSON object"}.in(path()).at(kLengthBytes).fix(
              kDamaged));
    if (std::ssize(json->object()) > kMaxTensors + 1) return too_many();
    return json;
  }

  Status read_metadata(const Json& json) {
    constexpr std::string_view kName = "__metadata__";
    if (json.is_null()) return {};
    if (!json.is_object()) return refuse(Code::kBadJson, "the metadata is not an object", kName);
    for (const auto& [key, value] : json.object()) {
      if (!value.is_string())
        return refuse(Code::kBadJson, cat("the metadata '", key, "' is not a text"), kName);
      file_.metadata_.emplace(key, value.string());
    }
    return {};
  }

  Status read_entry(const std::string& name, const Json& json) {
    if (!json.is_object()) return refuse(Code::kBadJson, "the entry is not an object", name);
    const Json* dtype = json.find("dtype");
    if (dtype == nullptr || !dtype->is_string())
      return refuse(Code::kBadJson, "the entry has no text 'dtype'", name);
    LAB_TRY(auto shape, integers(json, "shape", name));
    LAB_TRY(const auto range, integers(json, "data_offsets", name));
    if (range.size() != 2)
      return refuse(Code::kBadJson, "'data_offsets' must be two numbers", name);
    if (range[0] > range[1])
      return refuse(Code::kCorrupt, cat("the data begins at ", range[0], " but ends at ", range[1]),
                    name);
    LAB_TRY(const TensorView view, check_shape(name, dtype->string(), std::move(shape), range));
    ranges_.push_back({range[0], range[1], file_.tensors_.size()});
    file_.tensors_.push_back({name, view});
    return {};
  }

  Result<std::vector<std::uint64_t>> integers(const Json& entry, std::string_view key,
                                              std::string_view name) const {
    const Json* list = entry.find(key);
    if (list == nullptr || !list->is_array())
      return refuse(Code::kBadJson, cat("the entry has no list '", key, "'"), name);
    std::vector<std::uint64_t> values;
    values.reserve(list->array().size());
    for (const Json& item : list->array()) {
      if (!item.is_integer() || item.integer() < 0 ||
          static_cast<std::uint64_t>(item.integer()) > kMaxInteger)
        return refuse(Code::kBadJson,
                      cat("'", key, "' holds something else than integers from 0 to 2^53"), name);
      values.push_back(static_cast<std::uint64_t>(item.integer()));
    }
    return values;
  }

  /// The view without its bytes, once type, shape and length agree.
  Result<TensorView> check_shape(std::string_view name, std::string_view type,
                                 std::vector<std::uint64_t> shape,
                                 const std::vector<std::uint64_t>& range) const {
    const auto dtype = dtype_from_safetensors(type);
    const auto* other =
        std::ranges::find(kOtherTypes, type, [](auto& entry) { return entry.first; });
    if (!dtype && other == std::end(kOtherTypes))
      return refuse(Code::kUnsupported, cat("the type '", type, "' is unknown"), name);
    const std::uint64_t bits = dtype ? info(*dtype).block_bytes * std::uint64_t{8} : other->second;
    const auto elements = checked_product(shape);
    const auto total = elements ? checked_mul(*elements, bits) : std::nullopt;
    if (!total) return refuse(Code::kCorrupt, "the shape's number of bytes overflows", name);
    if (*total % 8 != 0)
      return refuse(Code::kCorrupt, cat("a tensor of type '", type, "' must end on a whole byte"),
                    name);
    if (*total / 8 != range[1] - range[0])
      return refuse(
          Code::kCorrupt,
          cat("the shape needs ", *total / 8, " bytes, 'data_offsets' span ", range[1] - range[0]),
          name);
    if (!dtype)
      return refuse(Code::kUnsupported, cat("the type '", type, "' is not supported"), name);
    return TensorView{*dtype, std::move(shape), {}};
  }

  /// Gives every tensor its bytes: in order they must cover the data exactly once.
  Status place_tensors() {
    std::ranges::sort(ranges_, {},
                      [](const Range& r) { return std::tuple(r.begin, r.end, r.tensor); });
    std::vector<NamedTensor> sorted;
    sorted.reserve(ranges_.size());
    std::uint64_t end = 0;
    for (const Range& range : ranges_) {
      NamedTensor& tensor = file_.tensors_[range.tensor];
      if (range.begin < end)
        return refuse(Code::kCorrupt,
                      cat("the data overlaps the tensor before by ", end - range.begin, " bytes"),
                      tensor.name);
      if (range.begin > end)
        return refuse(Code::kCorrupt,
                      cat(range.begin - end, " bytes before this tensor belong to none"),
                      tensor.name);
      end = range.end;
      if (end > data_.size())
        return refuse(Code::kTruncated, cat("the data ends ", end - data_.size(),
                                            " bytes before the tensor does"), tensor.name);
      tensor.view.bytes = data_.subspan(range.begin, range.end - range.begin);
      file_.index_.emplace(tensor.name, sorted.size());
      sorted.push_back(std::move(tensor));
    }
    if (end != data_.size())
      return fail(Error{Code::kCorrupt, cat(data_.size() - end, " bytes after last tensor")}
                      .in(path()).at(static_cast<std::int64_t>(data_start_ + end)).fix(kDamaged));
    file_.tensors_ = std::move(sorted);
    return {};
  }

  std::span<const std::byte> bytes_, data_;
  std::string_view header_;
  std::uint64_t data_start_ = 0;
  std::vector<Range> ranges_;
  Safetensors file_;
};

Result<Safetensors> Safetensors::read(std::shared_ptr<const ByteSource> source) {
  return or_out_of_memory("reading the tensors", [&]() -> Result<Safetensors> {
    return SafetensorsReader(std::move(source)).read();
  });
}

const TensorView* Safetensors::tensor(std::string_view name) const {
  const auto found = index_.find(name);
  return found == index_.end() ? nullptr : &tensors_[found->second].view;
}

}  // namespace lab
