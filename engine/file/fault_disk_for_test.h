// FaultDisk: a disk that fails, fills up or loses its power at a chosen call.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "file/disk.h"

namespace lab {

/// What happens at call number `FaultDisk::at` (counted from 1).
enum class Fault {
  kNone,
  kOnce,        ///< that call fails
  kFromThenOn,  ///< that call and all that follow fail, until heal()
  kKill,        ///< the process is gone: nothing reaches the disk any more, what did stays
  kPowerCut,    ///< the same, and bytes that were not synced are lost; names are not
  kPowerCutLosingNames,  ///< the same, and renames in a folder that was not synced are lost too
};

class FaultDisk final : public Disk {
 public:
  explicit FaultDisk(Fault fault = Fault::kNone, long at = 0, int error = EIO) : fault_(fault), at_(at), error_(error) {}
  ~FaultDisk() override {
    if (dead_) {
      // The descriptors of a process that is gone are closed.
      for (const int fd : left_open_) ::close(fd);
      return;
    }
    for (auto& [fd, bytes] : unsynced_) put(fd, bytes);
    apply_names();
  }

  long calls() const { return calls_; }
  bool reached() const { return calls_ >= at_; }
  void heal() { fault_ = Fault::kNone; }

  int open(const char* path) override {
    if (fails()) return -1;
    return Disk::open(path);
  }
  int truncate(int fd) override {
    if (fails()) return -1;
    if (lossy()) unsynced_[fd].clear();
    return Disk::truncate(fd);
  }
  ssize_t write(int fd, const void* bytes, std::size_t count) override {
    if (fails()) {
      // A process that dies in the middle of a write leaves half of it.
      if (std::exchange(half_written_, true) || fault_ == Fault::kOnce) return -1;
      if (!lossy()) put(fd, {static_cast<const char*>(bytes), count / 2});
      return -1;
    }
    if (!lossy()) return Disk::write(fd, bytes, count);
    unsynced_[fd].append(static_cast<const char*>(bytes), count);
    return static_cast<ssize_t>(count);
  }
  int sync(int fd) override {
    if (fails()) return -1;
    if (const auto held = unsynced_.find(fd); held != unsynced_.end()) {
      put(fd, held->second);
      unsynced_.erase(held);
    }
    return 0;
  }
  int close(int fd) override {
    if (fails()) {
      // A close that fails has still closed; a process that is gone closes no more.
      if (dead_) left_open_.push_back(fd);
      else Disk::close(fd), errno = error_;
      return -1;
    }
    if (const auto held = unsynced_.find(fd); held != unsynced_.end()) {
      // The system still holds the bytes, and writes them when it likes.
      unsynced_.insert({dup(fd), std::move(held->second)});
      unsynced_.erase(fd);
    }
    return Disk::close(fd);
  }
  int rename(const char* from, const char* to) override {
    return name([this, from = std::string(from), to = std::string(to)] { return Disk::rename(from.c_str(), to.c_str()); });
  }
  int link(const char* from, const char* to) override {
    return name([this, from = std::string(from), to = std::string(to)] { return Disk::link(from.c_str(), to.c_str()); });
  }
  int unlink(const char* path) override {
    return name([this, path = std::string(path)] { return Disk::unlink(path.c_str()); });
  }
  int sync_folder(const char*) override {
    if (fails()) return -1;
    apply_names();
    return 0;
  }

 private:
  bool lossy() const { return fault_ == Fault::kPowerCut || fault_ == Fault::kPowerCutLosingNames; }

  bool fails() {
    ++calls_;
    const bool now = fault_ == Fault::kOnce ? calls_ == at_ : fault_ != Fault::kNone && calls_ >= at_;
    if (now && fault_ != Fault::kOnce && fault_ != Fault::kFromThenOn) dead_ = true;
    if (now) errno = error_;
    return now;
  }

  int name(std::function<int()> change) {
    if (fails()) return -1;
    if (fault_ != Fault::kPowerCutLosingNames) return change();
    names_.push_back(std::move(change));
    return 0;
  }
  void apply_names() {
    for (const auto& change : names_) change();
    names_.clear();
  }
  static void put(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t count = ::write(fd, bytes.data(), bytes.size());
      if (count <= 0) return;
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
  }

  Fault fault_;
  long at_;
  int error_;
  long calls_ = 0;
  bool dead_ = false, half_written_ = false;
  std::map<int, std::string> unsynced_;  ///< by descriptor
  std::vector<std::function<int()>> names_;
  std::vector<int> left_open_;
};

}  // namespace lab
