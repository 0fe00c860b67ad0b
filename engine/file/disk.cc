#include "file/disk.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

namespace lab {

int Disk::open(const char* path) {
  return ::open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
}
int Disk::truncate(int fd) { return ::ftruncate(fd, 0); }
ssize_t Disk::write(int fd, const void* bytes, std::size_t count) { return ::write(fd, bytes, count); }
int Disk::sync(int fd) { return ::fsync(fd); }
int Disk::close(int fd) { return ::close(fd); }
int Disk::rename(const char* from, const char* to) { return std::rename(from, to); }
int Disk::link(const char* from, const char* to) { return ::link(from, to); }
int Disk::unlink(const char* path) { return ::unlink(path); }

int Disk::sync_folder(const char* path) {
  const int fd = ::open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return -1;
  const int reason = ::fsync(fd) == 0 || errno == EINVAL ? 0 : errno;
  ::close(fd);
  errno = reason;
  return reason == 0 ? 0 : -1;
}

namespace {
Disk system_disk;
Disk* current = &system_disk;
}  // namespace

Disk& disk() { return *current; }

ReplacedDisk::ReplacedDisk(Disk& other) : before_(current) { current = &other; }
ReplacedDisk::~ReplacedDisk() { current = before_; }

}  // namespace lab
