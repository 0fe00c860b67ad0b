// GGUF files (v2, v3): metadata and tensors, read in place from a mapped file.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/mapped_file.h"
#include "base/result.h"
#include "tensor/tensor_view.h"

namespace lab {

/// The value types of the format document (ggml docs/gguf.md), numbered as in the file.
enum class GgufType : std::uint32_t {
  kU8 = 0, kI8 = 1, kU16 = 2, kI16 = 3, kU32 = 4, kI32 = 5, kF32 = 6, kBool = 7,
  kString = 8, kArray = 9, kU64 = 10, kI64 = 11, kF64 = 12,
};

/// A metadata array: numbers widened to int64 or double, or strings that point into the file.
struct GgufArray {
  GgufType element = GgufType::kU8;
  std::variant<std::vector<std::int64_t>, std::vector<double>, std::vector<std::string_view>>
      values;
  std::size_t size() const;
};

struct GgufValue {
  GgufType type = GgufType::kU8;
  std::variant<std::int64_t, std::uint64_t, double, bool, std::string_view, GgufArray> value;
};

struct GgufTensor {
  std::string name;
  TensorView view;            ///< shape reversed from ne[]: [rows, row length]
  std::uint64_t file_offset;  ///< of the first byte
};

/// Owns a share of the file; every view and string_view lives as long as this object.
class Gguf {
 public:
  /// Checks the whole structure first (every size, offset, name and type), so that what is returned
  /// can be used without further checks. Errors carry offset and field.
  static Result<Gguf> read(std::shared_ptr<const ByteSource> source);

  std::uint32_t version() const { return version_; }
  std::uint64_t alignment() const { return alignment_; }
  const std::string& name() const { return source_->name(); }
  /// Metadata in file order.
  const std::vector<std::pair<std::string, GgufValue>>& metadata() const { return metadata_; }
  const std::vector<GgufTensor>& tensors() const { return tensors_; }

  const GgufValue* find(std::string_view key) const;       ///< null if absent
  const GgufTensor* tensor(std::string_view name) const;   ///< null if absent

  // Typed look-ups: nullopt if the key is absent; kCorrupt if it has another type.
  Result<std::optional<std::int64_t>> integer(std::string_view key) const;
  Result<std::optional<double>> number(std::string_view key) const;
  Result<std::optional<bool>> boolean(std::string_view key) const;
  Result<std::optional<std::string_view>> string(std::string_view key) const;
  Result<std::optional<std::vector<std::string_view>>> strings(std::string_view key) const;
  Result<std::optional<std::vector<std::int64_t>>> integers(std::string_view key) const;
  Result<std::optional<std::vector<double>>> numbers(std::string_view key) const;

 private:
  friend class GgufReader;
  std::shared_ptr<const ByteSource> source_;
  std::uint32_t version_ = 0;
  std::uint64_t alignment_ = 32;
  std::vector<std::pair<std::string, GgufValue>> metadata_;
  std::vector<GgufTensor> tensors_;
  std::map<std::string, std::size_t, std::less<>> metadata_index_, tensor_index_;
};

}  // namespace lab
