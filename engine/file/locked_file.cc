#include "file/locked_file.h"

#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <utility>

#include "base/cat.h"
#include "file/disk.h"

namespace lab {
namespace {

/// Is `fd` still the file that `path` names? Another holder may have renamed or removed it since it
/// was opened.
bool same_file(int fd, const std::string& path) {
  struct stat open_file, named_file;
  return fstat(fd, &open_file) == 0 && stat(path.c_str(), &named_file) == 0 &&
         open_file.st_dev == named_file.st_dev && open_file.st_ino == named_file.st_ino;
}

}  // namespace

Error system_error(const std::string& path, std::string_view action, int reason) {
  Error error{Code::kIo, cat("cannot ", action, ": ", std::strerror(reason))};
  error.file = path;
  if (reason == ENOSPC || reason == EDQUOT) {
    error.code = Code::kDiskFull;
    error.remedy = "Free some space on the disk.";
  } else if (reason == EACCES || reason == EPERM || reason == EROFS) {
    error.remedy = "Choose a folder that you may write to.";
  }
  return error;
}

Result<int> open_locked(const std::string& path) {
  for (;;) {
    const int fd = disk().open(path.c_str());
    if (fd < 0) {
      const int reason = errno;
      if (reason == ENOENT || reason == ENOTDIR)
        return fail(Error{Code::kNotFound, "there is no such folder to write into"}
                        .in(path).fix("Create the folder first."));
      return fail(system_error(path, "create the file", reason));
    }
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
      const int reason = errno;
      disk().close(fd);
      if (reason == EWOULDBLOCK)
        return fail(Error{Code::kBusy, "another process is writing this file"}.in(path));
      return fail(system_error(path, "lock the file", reason));
    }
    if (same_file(fd, path)) return fd;
    disk().close(fd);  // its holder finished between open and lock
  }
}

FolderLock::FolderLock(std::string path, int fd) : path_(std::move(path)), fd_(fd) {}

FolderLock::FolderLock(FolderLock&& other) noexcept
    : path_(std::move(other.path_)), fd_(std::exchange(other.fd_, -1)) {}

FolderLock::~FolderLock() {
  if (fd_ < 0) return;
  disk().unlink(path_.c_str());  // before the lock goes with close: the name is still ours
  disk().close(fd_);
}

Result<FolderLock> FolderLock::take(const std::string& folder) {
  const std::string path = folder + "/run.lock";
  auto fd = open_locked(path);
  if (!fd && fd.error().code == Code::kBusy) {
    long long process = 0;
    std::ifstream(path) >> process;
    return fail(Error{Code::kBusy, cat("another process", process > 0 ? cat(" (number ", process, ")") : "", " is at work in this folder")}
                    .in(folder).fix("Wait until it ends, or take another folder."));
  }
  if (!fd) return fail(std::move(fd.error()));
  FolderLock lock(path, *fd);
  const std::string number = cat(static_cast<long long>(getpid()), "\n");
  if (disk().truncate(*fd) != 0 || disk().write(*fd, number.data(), number.size()) < 0)
    return fail(system_error(path, "write the lock", errno));
  return lock;
}

}  // namespace lab
