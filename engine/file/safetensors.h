// safetensors files: read in place with every check of the reference reader, and written.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/mapped_file.h"
#include "base/result.h"
#include "tensor/tensor_view.h"

namespace lab {

struct NamedTensor {
  std::string name;
  TensorView view;
};

/// Owns a share of the file; views live as long as this object.
class Safetensors {
 public:
  /// Checks everything that the reference reader checks, and duplicates; see knowledge S1..S13 in
  /// tests/malformed. Types without a DType (F8, sub-byte) are kUnsupported, by name.
  static Result<Safetensors> read(std::shared_ptr<const ByteSource> source);

  const std::string& name() const { return source_->name(); }
  const std::vector<NamedTensor>& tensors() const { return tensors_; }  ///< in order of offset
  const TensorView* tensor(std::string_view name) const;                ///< null if absent
  const std::map<std::string, std::string>& metadata() const { return metadata_; }

 private:
  friend class SafetensorsReader;
  std::shared_ptr<const ByteSource> source_;
  std::vector<NamedTensor> tensors_;
  std::map<std::string, std::size_t, std::less<>> index_;
  std::map<std::string, std::string> metadata_;
};

/// The bytes of a safetensors file up to the data (header length, JSON header padded so that data
/// starts at a multiple of 8); the caller writes the tensors' bytes after it, in this order.
std::string safetensors_header(const std::vector<NamedTensor>& tensors,
                               const std::map<std::string, std::string>& metadata);

/// Writes a whole file: to a temporary name beside it, synced, then renamed over `path`.
Status write_safetensors(const std::string& path, const std::vector<NamedTensor>& tensors,
                         const std::map<std::string, std::string>& metadata);

}  // namespace lab
