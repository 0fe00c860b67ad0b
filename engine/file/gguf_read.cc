#include <bit>
#include <limits>

#include "base/cat.h"
#include "base/out_of_memory.h"
#include "base/checked.h"
#include "file/gguf.h"
#include "file/gguf_input.h"
#include "file/gguf_types.h"
#include "file/utf8.h"

namespace lab {
namespace {

constexpr std::uint64_t kMaxKeyBytes = 65'535;
constexpr std::uint64_t kMaxNameBytes = 64;
constexpr std::uint64_t kMaxAlignment = 1 << 20;
constexpr std::uint32_t kMaxDims = 4;
constexpr std::string_view kSplitCountKey = "split.count", kSplitNumberKey = "split.no";
// The least that one entry takes: a key of one letter with a one-byte value; a name of one letter
// with one dimension.
constexpr std::uint64_t kMinMetadataBytes = 8 + 1 + 4 + 1;
constexpr std::uint64_t kMinTensorBytes = 8 + 1 + 4 + 8 + 4 + 8;

}  // namespace

/// Reads one file from front to back.
class GgufReader : GgufInput {
 public:
  explicit GgufReader(std::shared_ptr<const ByteSource> source) : GgufInput(*source) {
    file_.source_ = std::move(source);
  }

  Result<Gguf> read() {
    LAB_TRY(const Counts counts, read_header());
    for (std::uint64_t i = 0; i < counts.metadata; ++i) LAB_CHECK(read_metadata());
    LAB_CHECK(check_part());
    for (std::uint64_t i = 0; i < counts.tensors; ++i) LAB_CHECK(read_tensor());
    LAB_CHECK(place_tensors());
    return std::move(file_);
  }

 private:
  struct Counts {
    std::uint64_t tensors, metadata;
  };

  Result<Counts> read_header() {
    const auto not_gguf = [&](std::string message) {
      return fail(Error{Code::kCorrupt, std::move(message)}.in(file_.name()).at(0)
                      .fix("Check that this is a GGUF file."));
    };
    if (left() < sizeof kGgufMagic) return truncated("the file's mark", sizeof kGgufMagic);
    if (take<std::uint32_t>() != kGgufMagic) return not_gguf("the file does not start with 'GGUF'");
    LAB_TRY(const auto version, number<std::uint32_t>("the version"));
    if (version != 2 && version != 3) {
      if (version == 0) return refuse(Code::kCorrupt, "there is no GGUF version 0", 4);
      const bool swapped = (version & 0xffff) == 0;
      return refuse(Code::kUnsupported,
                    swapped ? std::string("the file is big-endian")
                            : cat("GGUF version ", version, " is not 2 or 3"),
                    4);
    }
    file_.version_ = version;
    LAB_TRY(const auto tensors, number<std::uint64_t>("the number of tensors"));
    LAB_TRY(const auto metadata, number<std::uint64_t>("the number of metadata values"));
    if (tensors > left() / kMinTensorBytes)
      return refuse(Code::kTruncated,
                    cat("the header promises ", tensors, " tensors, too many for the ", left(),
                        " bytes that follow"),
                    8);
    if (metadata > left() / kMinMetadataBytes)
      return refuse(Code::kTruncated,
                    cat("the header promises ", metadata, " metadata values, too many for the ",
                        left(), " bytes that follow"),
                    16);
    return Counts{tensors, metadata};
  }

  Status read_metadata() {
    const std::uint64_t start = at_;
    LAB_TRY(const auto key, string("a metadata key"));
    if (key.empty()) return refuse(Code::kCorrupt, "a metadata key is empty", start);
    if (key.size() > kMaxKeyBytes)
      return refuse(Code::kLimit,
                    cat("a metadata key has ", key.size(), " bytes, more than ", kMaxKeyBytes),
                    start);
    if (!is_utf8(key) || key.contains('\0'))
      return refuse(Code::kCorrupt, "a metadata key is not UTF-8 text", start);
    field_ = key;
    if (!file_.metadata_index_.emplace(key, file_.metadata_.size()).second)
      return refuse(Code::kCorrupt, "this metadata key occurs twice", start);
    const std::uint64_t value_at = at_;
    LAB_TRY(const auto type, value_type());
    LAB_TRY(GgufValue value, this->value(type));
    LAB_CHECK(use_value(key, value, value_at));
    file_.metadata_.emplace_back(key, std::move(value));
    field_ = {};
    return {};
  }

  /// The two keys that concern the file itself; `start` is the offset of the value's type.
  Status use_value(std::string_view key, const GgufValue& value, std::uint64_t start) {
    if (key == kGgufAlignmentKey) {
      if (value.type != GgufType::kU32)
        return refuse(Code::kCorrupt, "the alignment is not a u32", start);
      const auto alignment = static_cast<std::uint64_t>(std::get<std::int64_t>(value.value));
      if (!std::has_single_bit(alignment))
        return refuse(Code::kCorrupt, cat("the alignment ", alignment, " is not a power of two"),
                      start);
      if (alignment > kMaxAlignment)
        return refuse(Code::kLimit, cat("the alignment ", alignment, " is above ", kMaxAlignment),
                      start);
      file_.alignment_ = alignment;
    } else if (key == kSplitNumberKey) {
      part_at_ = start;
    } else if (key == kSplitCountKey) {
      const auto* parts = std::get_if<std::int64_t>(&value.value);
      if (parts == nullptr)
        return refuse(Code::kCorrupt, "the number of parts is no integer", start);
      if (*parts > 1) {
        auto error = refuse(Code::kUnsupported,
                            cat("the file is one of ", *parts, " parts of a model"), start);
        error.error().remedy = "Join the parts with llama-gguf-split --merge.";
        return error;
      }
    }
    return {};
  }

  /// A file that is all of a model is its part 0.
  Status check_part() {
    LAB_TRY(const auto number, file_.integer(kSplitNumberKey));
    if (number.value_or(0) == 0) return {};
    field_ = kSplitNumberKey;
    return refuse(Code::kCorrupt, cat("this is part ", *number, " of a model in one part"), part_at_);
  }

  /// Everything of a tensor but its bytes, whose place is known after the last entry.
  Status read_tensor() {
    const std::uint64_t start = at_;
    LAB_TRY(const auto name, string("a tensor's name"));
    if (name.size() > kMaxNameBytes)
      return refuse(Code::kLimit, cat("a tensor's name has ", name.size(), " bytes, more than ",
                                      kMaxNameBytes), start);
    if (name.empty() || !is_utf8(name) || name.contains('\0'))
      return refuse(Code::kCorrupt, "a tensor's name is not a UTF-8 text", start);
    field_ = name;
    if (!file_.tensor_index_.emplace(name, file_.tensors_.size()).second)
      return refuse(Code::kCorrupt, "this tensor's name occurs twice", start);
    LAB_TRY(std::vector<std::uint64_t> shape, read_shape());

    const std::uint64_t type_at = at_;
    LAB_TRY(const auto id, number<std::uint32_t>("a tensor's type"));
    const auto dtype = dtype_from_ggml(id);
    if (!dtype) {
      auto error = refuse(Code::kUnsupported, cat("the tensor type ", id, " (", other_ggml_type(id),
                                                  ") is not supported"), type_at);
      error.error().remedy = "Take a file in another quantisation, for example Q4_K_M or Q8_0.";
      return error;
    }
    if (shape.back() % info(*dtype).block_elements != 0)
      return refuse(
          Code::kCorrupt,
          cat("rows of ", shape.back(), " elements are no whole blocks of ", lab::name(*dtype)),
          type_at);
    const auto elements = checked_product(shape);
    const auto bytes = elements ? storage_bytes(*dtype, *elements) : std::nullopt;
    const auto padded = bytes ? checked_align_up(*bytes, file_.alignment_) : std::nullopt;
    const auto next = padded ? checked_add(data_end_, *padded) : std::nullopt;
    if (!next) return refuse(Code::kCorrupt, "the tensor's size overflows", start);

    const std::uint64_t offset_at = at_;
    LAB_TRY(const auto offset, number<std::uint64_t>("a tensor's offset"));
    if (offset != data_end_)
      return refuse(Code::kCorrupt,
                    cat("the tensor's offset is ", offset, ", but the tensors before it end at ",
                        data_end_),
                    offset_at);
    file_.tensors_.push_back({std::string(name), {*dtype, std::move(shape), {}}, offset});
    sizes_.push_back(*bytes);
    data_end_ = *next;
    field_ = {};
    return {};
  }

  /// The dimensions, slowest first (the file has the fastest first).
  Result<std::vector<std::uint64_t>> read_shape() {
    const std::uint64_t start = at_;
    LAB_TRY(const auto dims, number<std::uint32_t>("a tensor's number of dimensions"));
    if (dims == 0 || dims > kMaxDims)
      return refuse(Code::kCorrupt,
                    cat("the tensor has ", dims, " dimensions, not 1 to ", kMaxDims), start);
    std::vector<std::uint64_t> shape(dims);
    for (std::uint32_t i = dims; i-- > 0;) {
      LAB_TRY(shape[i], number<std::uint64_t>("a tensor's dimension"));
      if (shape[i] == 0 ||
          shape[i] > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
        return refuse(Code::kCorrupt, cat("a dimension is ", static_cast<std::int64_t>(shape[i]),
                                          ", not positive"), at_ - sizeof(std::uint64_t));
    }
    return shape;
  }

  Status place_tensors() {
    if (file_.tensors_.empty()) return {};  // a vocabulary: it needs no padding either
    const auto start = checked_align_up(at_, file_.alignment_);
    for (std::size_t i = 0; i < file_.tensors_.size(); ++i) {
      GgufTensor& tensor = file_.tensors_[i];
      const auto offset = start ? checked_add(*start, tensor.file_offset) : std::nullopt;
      if (!offset || !range_fits(*offset, sizes_[i], bytes_.size()))
        return fail(Error{Code::kTruncated,
                          cat("the tensor's ", sizes_[i], " bytes end beyond the file's ",
                              bytes_.size())}
                        .in(file_.name())
                        .at(static_cast<std::int64_t>(bytes_.size()))
                        .of(tensor.name)
                        .fix("Check that the file is complete."));
      tensor.file_offset = *offset;
      tensor.view.bytes = bytes_.subspan(*offset, sizes_[i]);
    }
    return {};
  }

  std::uint64_t part_at_ = 0;   ///< offset of split.no's value
  std::uint64_t data_end_ = 0;  ///< of the tensors so far, padded, relative to the data's start
  std::vector<std::uint64_t> sizes_;
  Gguf file_;
};

Result<Gguf> Gguf::read(std::shared_ptr<const ByteSource> source) {
  return or_out_of_memory("reading the GGUF header", [&]() -> Result<Gguf> {
    return GgufReader(std::move(source)).read();
  });
}

}  // namespace lab
