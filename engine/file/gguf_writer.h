// Writes GGUF v3 files: metadata, tensor table, then the tensors' bytes as the caller streams them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "file/atomic_file.h"
#include "file/gguf.h"
#include "file/safetensors.h"

namespace lab {

using GgufMetadata = std::vector<std::pair<std::string, GgufValue>>;

// Values of the types that files of llama.cpp use. Strings are seen, not copied.
GgufValue gguf_u32(std::uint32_t value);
GgufValue gguf_f32(float value);
GgufValue gguf_bool(bool value);
GgufValue gguf_string(std::string_view value);
GgufValue gguf_strings(std::vector<std::string_view> values);

/// kUnsupported for a property `field` of a model that the format has no words for.
std::unexpected<Error> gguf_cannot_say(std::string_view what, std::string_view field);

/// What the table says about a tensor; its bytes come later. Shape as in TensorView.
struct GgufTensorInfo {
  std::string name;
  DType dtype;
  std::vector<std::uint64_t> shape;
};

/// Tensor data is streamed, so a model of any size is written with the memory of one tensor or
/// less. The file appears under its name when finish() succeeds, see AtomicFile.
class GgufWriter {
 public:
  /// Writes everything up to the data. Alignment is 32 unless the metadata has general.alignment.
  /// kBadArgument for what Gguf::read or llama.cpp would refuse: duplicate names, names of 64 bytes
  /// and more, 0 or more than 4 dimensions, partial blocks, values whose variant contradicts
  /// `type`.
  static Result<GgufWriter> create(const std::string& path, const GgufMetadata& metadata,
                                   std::vector<GgufTensorInfo> tensors);

  /// The next bytes of the tensors, in the order of the table, in pieces of any size within one
  /// tensor. kBadArgument beyond a tensor's end.
  Status append(std::span<const std::byte> bytes);

  /// kBadArgument if bytes are missing.
  Status finish();

 private:
  GgufWriter(AtomicFile file, std::vector<std::uint64_t> sizes, std::uint64_t alignment)
      : file_(std::move(file)), sizes_(std::move(sizes)), alignment_(alignment) {}
  Status pad();

  AtomicFile file_;
  std::vector<std::uint64_t> sizes_;  ///< of the tensors, in bytes
  std::uint64_t alignment_;
  std::size_t tensor_ = 0;            ///< the one that is being written
  std::uint64_t tensor_bytes_ = 0;    ///< of it so far
};

/// A whole file whose tensors are in memory (or mapped) already.
Status write_gguf(const std::string& path, const GgufMetadata& metadata,
                  const std::vector<NamedTensor>& tensors);

}  // namespace lab
