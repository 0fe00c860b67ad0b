#include "plan/saving_time.h"

#include <chrono>
#include <filesystem>
#include <vector>

#include "base/sha256.h"
#include "file/disk.h"

namespace lab {
namespace {

constexpr std::size_t kPieceBytes = 1 << 20;  // as a checkpoint is written
constexpr int kPieces = 32;

}  // namespace

double saving_s_per_byte(const std::string& folder) {
  const std::string path = (std::filesystem::path(folder) / ".lora-lab-speed.part").string();
  const int fd = disk().open(path.c_str());
  if (fd < 0) return 0;
  disk().unlink(path.c_str());
  std::vector<std::byte> piece(kPieceBytes);
  for (std::size_t i = 0; i < piece.size(); ++i) piece[i] = static_cast<std::byte>(i * 2654435761U >> 24);

  const auto start = std::chrono::steady_clock::now();
  Sha256 hash;
  bool good = true;
  for (int i = 0; i < kPieces && good; ++i) {
    hash.update(piece);
    good = disk().write(fd, piece.data(), piece.size()) == static_cast<ssize_t>(piece.size());
  }
  good = disk().sync(fd) == 0 && good;
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  disk().close(fd);
  return good ? seconds.count() / (static_cast<double>(kPieceBytes) * kPieces) : 0;
}

}  // namespace lab
