#include "base/mapped_file.h"

namespace lab {
namespace {

class Memory final : public ByteSource {
 public:
  Memory(std::string contents, std::string name) : contents_(std::move(contents)) {
    bytes_ = std::as_bytes(std::span(contents_));
    name_ = std::move(name);
  }

 private:
  std::string contents_;
};

}  // namespace

std::shared_ptr<const ByteSource> bytes_source(std::string contents, std::string name) {
  return std::make_shared<const Memory>(std::move(contents), std::move(name));
}

}  // namespace lab
