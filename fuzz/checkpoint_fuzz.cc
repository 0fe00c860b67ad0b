// Fuzz target: a checkpoint file as it is; or, after a letter J, the state's JSON in a file that is
// whole and has the right SHA-256, so that what is behind that check is reached too.
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

#include "base/cat.h"
#include "base/sha256.h"
#include "file/safetensors.h"
#include "train/checkpoint.h"

namespace {

namespace fs = std::filesystem;

std::string whole_file(const std::string& state) {
  static const float zeros[2] = {};
  const auto bytes = std::as_bytes(std::span(zeros));
  lab::Sha256 hash;
  hash.update(std::as_bytes(std::span(state)));
  std::vector<lab::NamedTensor> tensors;
  for (const char* name : {"params", "moment1", "moment2"}) {
    tensors.push_back({name, {lab::DType::kF32, {2}, bytes}});
    hash.update(bytes);
  }
  std::string file = lab::safetensors_header(
      tensors, {{"checkpoint", state}, {"sha256", lab::hex(hash.finish())}});
  return file.append(3 * bytes.size(), '\0');
}

/// A folder of this process, in memory where there is such a place; removed at the end.
struct Folder {
  std::string path;
  Folder() {
    const fs::path memory = "/dev/shm";
    const fs::path parent = fs::is_directory(memory) ? memory : fs::temp_directory_path();
    path = (parent / lab::cat("lab_checkpoint_fuzz_", getpid())).string();
    fs::create_directories(path);
  }
  ~Folder() { fs::remove_all(path); }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Folder kFolder;
  const std::string input(reinterpret_cast<const char*>(data), size);
  std::ofstream(fs::path(kFolder.path) / lab::kCheckpointFile, std::ios::binary)
      << (input.starts_with('J') ? whole_file(input.substr(1)) : input);
  const auto info = lab::read_checkpoint_info(kFolder.path);
  if (info && (info->step < 0 || info->tokens < 0)) std::abort();
  return 0;
}
