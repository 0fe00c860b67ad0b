#include "base/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/cat.h"

namespace lab {
namespace {

class Mapping final : public ByteSource {
 public:
  Mapping(void* address, std::size_t size, std::string path) : address_(address), size_(size) {
    bytes_ = {static_cast<const std::byte*>(address), size};
    name_ = std::move(path);
  }
  ~Mapping() override {
    if (size_ > 0) munmap(address_, size_);
  }

 private:
  void* address_;
  std::size_t size_;
};

std::unexpected<Error> system_error(const std::string& path, const char* action) {
  const int reason = errno;
  const Code code = reason == ENOENT || reason == ENOTDIR ? Code::kNotFound : Code::kIo;
  if (code == Code::kNotFound)
    return fail(Error{code, "there is no such file"}.in(path).fix("Check the path."));
  return fail(Error{code, cat("cannot ", action, " the file: ", std::strerror(reason))}.in(path).fix(
      "Check the file's permissions and that its disk is there."));
}

}  // namespace

Result<std::shared_ptr<const ByteSource>> map_file(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return system_error(path, "open");
  struct stat info;
  if (fstat(fd, &info) != 0) {
    auto error = system_error(path, "examine");
    close(fd);
    return error;
  }
  if (!S_ISREG(info.st_mode)) {
    close(fd);
    return fail(Error{Code::kUnsupported, S_ISDIR(info.st_mode) ? "this is a folder, not a file"
                                                                : "this is not a regular file"}
                    .in(path).fix("Give the path of a file."));
  }
  const auto size = static_cast<std::size_t>(info.st_size);
  void* address = nullptr;
  if (size > 0) address = mmap(nullptr, size, PROT_READ, MAP_SHARED, fd, 0);
  if (address == MAP_FAILED) {
    auto error = system_error(path, "map");
    close(fd);
    return error;
  }
  close(fd);
  return std::make_shared<const Mapping>(address, size, path);
}

}  // namespace lab
