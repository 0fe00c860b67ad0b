// Disk and file locks over memory_files(): what is written appears under its name when it is synced.
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "base/cat.h"
#include "file/disk.h"
#include "file/locked_file.h"
#include "platform/memory_files.h"

namespace lab {
namespace {

struct OpenFile { std::string path, contents; bool open = false; };
std::vector<OpenFile>& open_files() {
  static std::vector<OpenFile> files;
  return files;
}
OpenFile& file_of(int fd) { return open_files()[static_cast<std::size_t>(fd)]; }

int refuse(int reason) {
  errno = reason;
  return -1;
}

}  // namespace

int Disk::open(const char* path) {
  auto& files = open_files();
  std::size_t at = 0;
  while (at < files.size() && files[at].open) ++at;
  if (at == files.size()) files.emplace_back();
  files[at] = {path, {}, true};
  return static_cast<int>(at);
}
int Disk::truncate(int fd) { return file_of(fd).contents.clear(), 0; }
ssize_t Disk::write(int fd, const void* bytes, std::size_t count) {
  file_of(fd).contents.append(static_cast<const char*>(bytes), count);
  return static_cast<ssize_t>(count);
}
int Disk::sync(int fd) {
  OpenFile& file = file_of(fd);
  wasm::memory_files()[file.path] = bytes_source(std::move(file.contents), file.path);
  return 0;
}
int Disk::close(int fd) { return file_of(fd) = {}, 0; }
int Disk::rename(const char* from, const char* to) {
  auto node = wasm::memory_files().extract(from);
  if (!node) return refuse(ENOENT);
  wasm::memory_files()[to] = std::move(node.mapped());
  return 0;
}
int Disk::link(const char* from, const char* to) {
  const auto found = wasm::memory_files().find(from);
  if (found == wasm::memory_files().end()) return refuse(ENOENT);
  wasm::memory_files()[to] = found->second;
  return 0;
}
int Disk::unlink(const char* path) { return wasm::memory_files().erase(path) > 0 ? 0 : refuse(ENOENT); }
int Disk::sync_folder(const char*) { return 0; }

Disk& disk() {
  static Disk memory;
  return memory;
}

Error system_error(const std::string& path, std::string_view action, int reason) {
  Error error{Code::kIo, cat("cannot ", action, ": ", std::strerror(reason))};
  error.file = path;
  return error;
}

/// Nobody else can hold a file: the memory is this module's alone.
Result<int> open_locked(const std::string& path) { return disk().open(path.c_str()); }

}  // namespace lab
