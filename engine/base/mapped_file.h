// A read-only view of a whole file, mapped so that only the pages that are touched are read.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "base/result.h"

namespace lab {

/// Bytes with a name: a mapped file, or memory that a caller already has. Immutable, shareable.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  std::span<const std::byte> bytes() const { return bytes_; }
  /// What errors call this input: the path, or the name that the caller gave.
  const std::string& name() const { return name_; }

 protected:
  std::span<const std::byte> bytes_;
  std::string name_;
};

/// Maps a regular file; not a pipe, which has no size. kNotFound, kIo (with the system's reason),
/// kUnsupported for a folder, pipe or device. The file must keep its size while it is mapped: to read
/// what was cut off is a SIGBUS, which the program answers (cli/cut_off_file.h). To replace a file,
/// rename another over it; who has the old one mapped keeps it.
Result<std::shared_ptr<const ByteSource>> map_file(const std::string& path);

/// Wraps bytes that the caller moves in.
std::shared_ptr<const ByteSource> bytes_source(std::string contents, std::string name);

}  // namespace lab
