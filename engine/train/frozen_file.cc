#include "train/frozen_file.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "file/locked_file.h"

namespace lab {
namespace {

Sha256::Digest digest_of_tokens(const Batch& batch) {
  Sha256 hash;
  hash.update(std::as_bytes(std::span(batch.ids)));
  hash.update(std::as_bytes(std::span(batch.segment_begin)));
  return hash.finish();
}

Sha256::Digest digest_of(std::span<const std::byte> bytes) {
  Sha256 hash;
  hash.update(bytes);
  return hash.finish();
}

bool read_all(int fd, std::span<std::byte> to, std::uint64_t at) {
  while (!to.empty()) {
    const ssize_t got = pread(fd, to.data(), to.size(), static_cast<off_t>(at));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    to = to.subspan(static_cast<std::size_t>(got));
    at += static_cast<std::uint64_t>(got);
  }
  return true;
}

bool write_all(int fd, std::span<const std::byte> from, std::uint64_t at) {
  while (!from.empty()) {
    const ssize_t done = pwrite(fd, from.data(), from.size(), static_cast<off_t>(at));
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) return false;
    from = from.subspan(static_cast<std::size_t>(done));
    at += static_cast<std::uint64_t>(done);
  }
  return true;
}

}  // namespace

FrozenFile::FrozenFile(int fd, std::size_t most_batches, std::uint64_t most_bytes)
    : fd_(fd), most_batches_(most_batches), most_bytes_(most_bytes) {
  entries_.reserve(most_batches);
}

FrozenFile::~FrozenFile() { close(fd_); }

Result<std::unique_ptr<FrozenFile>> FrozenFile::create(const std::string& folder, std::size_t most_batches, std::uint64_t most_bytes) {
  std::string path = folder + "/frozen-layers.XXXXXX";
  const int fd = mkstemp(path.data());
  if (fd < 0) return fail(system_error(path, "make this file", errno));
  unlink(path.c_str());
  return std::unique_ptr<FrozenFile>(new FrozenFile(fd, most_batches, most_bytes));
}

std::vector<FrozenFile::Entry>::iterator FrozenFile::find(const Sha256::Digest& tokens) {
  return std::ranges::lower_bound(entries_, tokens, {}, &Entry::tokens);
}

bool FrozenFile::read(const Batch& batch, std::span<float> hidden) {
  const Sha256::Digest tokens = digest_of_tokens(batch);
  const auto entry = find(tokens);
  if (entry == entries_.end() || entry->tokens != tokens || entry->bytes != hidden.size_bytes()) return false;
  const auto bytes = std::as_writable_bytes(hidden);
  if (read_all(fd_, bytes, entry->at) && digest_of(bytes) == entry->content) return true;
  entries_.erase(entry);
  return false;
}

void FrozenFile::write(const Batch& batch, std::span<const float> hidden) {
  const Sha256::Digest tokens = digest_of_tokens(batch);
  const auto entry = find(tokens);
  const auto bytes = std::as_bytes(hidden);
  if (entries_.size() == most_batches_ || bytes.size() > most_bytes_ - bytes_ || (entry != entries_.end() && entry->tokens == tokens)) return;
  if (!write_all(fd_, bytes, bytes_)) {
    most_bytes_ = bytes_;  // the disk is full or gives way: what is there serves on
    return;
  }
  entries_.insert(entry, {tokens, digest_of(bytes), bytes_, bytes.size()});
  bytes_ += bytes.size();
}

}  // namespace lab
