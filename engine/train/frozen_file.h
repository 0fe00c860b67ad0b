// FrozenFile: a FrozenStore in a file without a name, which the system takes back when the program ends, however it ends.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/sha256.h"
#include "train/frozen_store.h"

namespace lab {

class FrozenFile final : public FrozenStore {
 public:
  /// In `folder`, for at most so many batches and bytes. kIo if no file can be made there.
  static Result<std::unique_ptr<FrozenFile>> create(const std::string& folder, std::size_t most_batches, std::uint64_t most_bytes);
  ~FrozenFile() override;
  FrozenFile(const FrozenFile&) = delete;
  FrozenFile& operator=(const FrozenFile&) = delete;

  bool read(const Batch& batch, std::span<float> hidden) override;
  void write(const Batch& batch, std::span<const float> hidden) override;
  std::uint64_t bytes() const { return bytes_; }

 private:
  struct Entry {
    Sha256::Digest tokens, content;
    std::uint64_t at = 0, bytes = 0;
  };

  FrozenFile(int fd, std::size_t most_batches, std::uint64_t most_bytes);
  std::vector<Entry>::iterator find(const Sha256::Digest& tokens);

  int fd_;
  std::size_t most_batches_;
  std::uint64_t most_bytes_, bytes_ = 0;
  std::vector<Entry> entries_;  ///< by tokens; its memory is taken at once, so that no step takes any
};

}  // namespace lab
