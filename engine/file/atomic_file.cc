#include "file/atomic_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "base/cat.h"

namespace lab {
namespace {

std::string folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == path.npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

/// Is `fd` still the file that `path` names? Another writer may have renamed it since it was
/// opened.
bool same_file(int fd, const std::string& path) {
  struct stat open_file, named_file;
  return fstat(fd, &open_file) == 0 && stat(path.c_str(), &named_file) == 0 &&
         open_file.st_dev == named_file.st_dev && open_file.st_ino == named_file.st_ino;
}

int sync_folder(const std::string& folder) {
  const int fd = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return errno;
  // Some file systems have no sync for folders and say so; their renames are as safe as they get.
  const int reason = fsync(fd) == 0 || errno == EINVAL ? 0 : errno;
  close(fd);
  return reason;
}

}  // namespace

AtomicFile::AtomicFile(std::string path, std::string part, int fd)
    : path_(std::move(path)), part_(std::move(part)), fd_(fd) {}

AtomicFile::AtomicFile(AtomicFile&& other) noexcept
    : path_(std::move(other.path_)), part_(std::move(other.part_)),
      fd_(std::exchange(other.fd_, -1)), written_(other.written_) {}

AtomicFile::~AtomicFile() {
  if (fd_ < 0) return;
  unlink(part_.c_str());  // before the lock goes with close: the name is still ours
  close(fd_);
}

std::unexpected<Error> AtomicFile::error(const char* action, int reason) const {
  return fail(Error{Code::kIo, cat("cannot ", action, ": ", std::strerror(reason))}.in(path_));
}

Result<AtomicFile> AtomicFile::create(std::string path) {
  const std::string part = path + ".part";
  for (;;) {
    const int fd = open(part.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (fd < 0) {
      const int reason = errno;
      if (reason == ENOENT || reason == ENOTDIR)
        return fail(Error{Code::kNotFound, "there is no such folder to write into"}
                        .in(path).fix("Create the folder first."));
      return fail(
          Error{Code::kIo, cat("cannot create the file: ", std::strerror(reason))}.in(path));
    }
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
      const int reason = errno;
      close(fd);
      if (reason == EWOULDBLOCK)
        return fail(Error{Code::kBusy, "another process is writing this file"}.in(path));
      return fail(Error{Code::kIo, cat("cannot lock the file: ", std::strerror(reason))}.in(path));
    }
    if (!same_file(fd, part)) {  // its writer finished between open and lock
      close(fd);
      continue;
    }
    AtomicFile file(std::move(path), part, fd);
    if (ftruncate(fd, 0) != 0) return file.error("empty the file", errno);
    return file;
  }
}

Status AtomicFile::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(fd_, bytes.data(), bytes.size());
    if (count < 0) {
      if (errno == EINTR) continue;
      const int reason = errno;
      auto failure = error(cat("write ", bytes.size(), " more bytes").c_str(), reason);
      failure.error().offset = static_cast<std::int64_t>(written_);
      if (reason == ENOSPC || reason == EDQUOT)
        failure.error().remedy = "Free some space on the disk.";
      return failure;
    }
    bytes = bytes.subspan(static_cast<std::size_t>(count));
    written_ += static_cast<std::uint64_t>(count);
  }
  return {};
}

Status AtomicFile::commit() {
  if (fsync(fd_) != 0) return error("bring the file to the disk", errno);
  if (std::rename(part_.c_str(), path_.c_str()) != 0) return error("name the file", errno);
  // From here on the destructor must not unlink: the name `part` may belong to another writer.
  const int closed = close(std::exchange(fd_, -1)) == 0 ? 0 : errno;
  if (closed != 0) return error("close the file", closed);
  if (const int reason = sync_folder(folder_of(path_)); reason != 0)
    return error("bring the file's name to the disk", reason);
  return {};
}

Status write_file(const std::string& path, std::string_view contents) {
  LAB_TRY(AtomicFile file, AtomicFile::create(path));
  LAB_CHECK(file.write(contents));
  return file.commit();
}

}  // namespace lab
