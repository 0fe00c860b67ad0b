// Disk and file locks of a WebAssembly module: what is written goes to the host piece by piece, so that a
// file of a gigabyte never lies in the module's own memory.
#include <cerrno>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "base/cat.h"
#include "file/disk.h"
#include "file/locked_file.h"

#define LAB_HOST(name) __attribute__((import_module("lab"), import_name(#name))) extern "C"

LAB_HOST(file_begun) void host_file_begun(const char* path, std::size_t length);
LAB_HOST(file_written) void host_file_written(const char* path, std::size_t length, const void* bytes, std::size_t count);
LAB_HOST(file_renamed) void host_file_renamed(const char* from, std::size_t from_length, const char* to, std::size_t to_length);
LAB_HOST(file_removed) void host_file_removed(const char* path, std::size_t length);

namespace lab {
namespace {

/// Paths of what is being written; an empty one is free.
std::vector<std::string>& open_files() {
  static std::vector<std::string> files;
  return files;
}
const std::string& path_of(int fd) { return open_files()[static_cast<std::size_t>(fd)]; }

}  // namespace

int Disk::open(const char* path) {
  auto& files = open_files();
  std::size_t at = 0;
  while (at < files.size() && !files[at].empty()) ++at;
  if (at == files.size()) files.emplace_back();
  files[at] = path;
  host_file_begun(path, std::strlen(path));
  return static_cast<int>(at);
}
int Disk::truncate(int fd) { return host_file_begun(path_of(fd).data(), path_of(fd).size()), 0; }
ssize_t Disk::write(int fd, const void* bytes, std::size_t count) {
  host_file_written(path_of(fd).data(), path_of(fd).size(), bytes, count);
  return static_cast<ssize_t>(count);
}
int Disk::sync(int) { return 0; }
int Disk::close(int fd) { return open_files()[static_cast<std::size_t>(fd)].clear(), 0; }
int Disk::rename(const char* from, const char* to) { return host_file_renamed(from, std::strlen(from), to, std::strlen(to)), 0; }
/// There is one name for what is written.
int Disk::link(const char*, const char*) {
  errno = ENOTSUP;
  return -1;
}
int Disk::unlink(const char* path) { return host_file_removed(path, std::strlen(path)), 0; }
int Disk::sync_folder(const char*) { return 0; }

Disk& disk() {
  static Disk host;
  return host;
}

Error system_error(const std::string& path, std::string_view action, int reason) {
  Error error{Code::kIo, cat("cannot ", action, ": ", std::strerror(reason))};
  error.file = path;
  return error;
}

/// Nobody else can hold a file: the host's names are this module's alone.
Result<int> open_locked(const std::string& path) { return disk().open(path.c_str()); }

}  // namespace lab
