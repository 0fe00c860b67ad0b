// Disk: the system calls by which files are written, in one place, so that tests can fail each of them.
#pragma once

#include <cstddef>
#include <sys/types.h>

namespace lab {

/// Every function returns what its system call returns, and sets errno likewise.
class Disk {
 public:
  virtual ~Disk() = default;
  /// For writing only, made if it is not there; never through a symbolic link.
  virtual int open(const char* path);
  virtual int truncate(int fd);
  virtual ssize_t write(int fd, const void* bytes, std::size_t count);
  virtual int sync(int fd);
  virtual int close(int fd);
  virtual int rename(const char* from, const char* to);
  virtual int link(const char* from, const char* to);
  virtual int unlink(const char* path);
  /// Brings the names in a folder to the disk. Where a file system knows no such thing, this is 0:
  /// its renames are as safe as they get.
  virtual int sync_folder(const char* path);
};

/// What the engine writes through: the system, unless a test has put another in its place.
Disk& disk();

/// For tests: all writing goes through `other` as long as this lives.
class ReplacedDisk {
 public:
  explicit ReplacedDisk(Disk& other);
  ~ReplacedDisk();
  ReplacedDisk(const ReplacedDisk&) = delete;
  ReplacedDisk& operator=(const ReplacedDisk&) = delete;

 private:
  Disk* before_;
};

}  // namespace lab
