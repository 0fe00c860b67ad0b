// AtomicFile writes a file beside its final name, so that the name never shows half a file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace lab {

/// Until commit() succeeds the bytes are in `<path>.part` and `path` is as it was. A leftover of a
/// process that died is overwritten by the next writer of the same path.
class AtomicFile {
 public:
  /// kBusy if another process is writing this path; kNotFound if its folder is missing; kDiskFull; kIo.
  static Result<AtomicFile> create(std::string path);

  AtomicFile(AtomicFile&& other) noexcept;
  AtomicFile& operator=(AtomicFile&&) = delete;
  ~AtomicFile();  ///< removes what was not committed

  /// Appends; goes to the system at once, so give large pieces. kDiskFull, kIo, with the bytes that
  /// could not be written.
  Status write(std::span<const std::byte> bytes);
  Status write(std::string_view text) { return write(std::as_bytes(std::span(text))); }
  std::uint64_t written() const { return written_; }

  /// Syncs, renames over `path` and syncs the folder. Call it once, last.
  Status commit();

 private:
  AtomicFile(std::string path, std::string part, int fd);
  std::unexpected<Error> error(std::string_view action, int reason) const;

  std::string path_, part_;
  int fd_;  ///< -1 when there is nothing left to remove
  std::uint64_t written_ = 0;
};

/// A small file in one call.
Status write_file(const std::string& path, std::string_view contents);

}  // namespace lab
