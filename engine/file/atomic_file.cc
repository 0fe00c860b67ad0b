#include "file/atomic_file.h"

#include <cerrno>
#include <utility>

#include "base/cat.h"
#include "file/disk.h"
#include "file/locked_file.h"

namespace lab {
namespace {

std::string folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == path.npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace

AtomicFile::AtomicFile(std::string path, std::string part, int fd)
    : path_(std::move(path)), part_(std::move(part)), fd_(fd) {}

AtomicFile::AtomicFile(AtomicFile&& other) noexcept
    : path_(std::move(other.path_)), part_(std::move(other.part_)),
      fd_(std::exchange(other.fd_, -1)), written_(other.written_) {}

AtomicFile::~AtomicFile() {
  if (fd_ < 0) return;
  disk().unlink(part_.c_str());  // before the lock goes with close: the name is still ours
  disk().close(fd_);
}

std::unexpected<Error> AtomicFile::error(std::string_view action, int reason) const {
  return fail(system_error(path_, action, reason));
}

Result<AtomicFile> AtomicFile::create(std::string path) {
  std::string part = path + ".part";
  auto fd = open_locked(part);
  if (!fd) {
    fd.error().file = path;  // the name that the caller knows
    return fail(std::move(fd.error()));
  }
  AtomicFile file(std::move(path), std::move(part), *fd);
  if (disk().truncate(*fd) != 0) return file.error("empty the file", errno);
  return file;
}

Status AtomicFile::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t count = disk().write(fd_, bytes.data(), bytes.size());
    if (count < 0) {
      if (errno == EINTR) continue;
      const int reason = errno;
      auto failure = error(cat("write ", bytes.size(), " more bytes"), reason);
      failure.error().offset = static_cast<std::int64_t>(written_);
      return failure;
    }
    bytes = bytes.subspan(static_cast<std::size_t>(count));
    written_ += static_cast<std::uint64_t>(count);
  }
  return {};
}

Status AtomicFile::commit() {
  if (disk().sync(fd_) != 0) return error("bring the file to the disk", errno);
  if (disk().rename(part_.c_str(), path_.c_str()) != 0) return error("name the file", errno);
  // From here on the destructor must not unlink: the name `part` may belong to another writer.
  if (disk().close(std::exchange(fd_, -1)) != 0) return error("close the file", errno);
  if (disk().sync_folder(folder_of(path_).c_str()) != 0)
    return error("bring the file's name to the disk", errno);
  return {};
}

Status write_file(const std::string& path, std::string_view contents) {
  LAB_TRY(AtomicFile file, AtomicFile::create(path));
  LAB_CHECK(file.write(contents));
  return file.commit();
}

}  // namespace lab
