// Files that one process holds at a time. The system lets go when the process ends, however it ends,
// so that a lock never outlives its holder.
#pragma once

#include <string>

#include "base/result.h"

namespace lab {

/// Opens `path` for writing, made if it is not there, and locks it; the descriptor. kBusy if another
/// holds it; kNotFound if its folder is missing; kDiskFull; kIo.
Result<int> open_locked(const std::string& path);

/// What a failed system call means for the file at `path`; `action` completes "cannot ...".
Error system_error(const std::string& path, std::string_view action, int reason);

/// A folder that one process works in at a time.
class FolderLock {
 public:
  /// kBusy, with the other's process number, if another process holds the folder; errors of
  /// open_locked().
  static Result<FolderLock> take(const std::string& folder);

  FolderLock(FolderLock&& other) noexcept;
  FolderLock& operator=(FolderLock&&) = delete;
  ~FolderLock();

 private:
  FolderLock(std::string path, int fd);

  std::string path_;
  int fd_;  ///< -1 when moved from
};

}  // namespace lab
