#include "platform/memory_files.h"

#include <cstdlib>

#include "base/paths.h"

namespace lab {
namespace wasm {
namespace {

/// Bytes that JavaScript wrote into the module's memory; a model is never there twice.
class Given final : public ByteSource {
 public:
  Given(void* bytes, std::size_t size, std::string name) : memory_(bytes) {
    bytes_ = {static_cast<const std::byte*>(bytes), size};
    name_ = std::move(name);
  }
  ~Given() override { std::free(memory_); }

 private:
  void* memory_;
};

}  // namespace

std::map<std::string, std::shared_ptr<const ByteSource>, std::less<>>& memory_files() {
  static std::map<std::string, std::shared_ptr<const ByteSource>, std::less<>> files;
  return files;
}

void put_file(const std::string& path, void* bytes, std::size_t size) {
  memory_files()[path] = std::make_shared<const Given>(bytes, size, path);
}

void forget_folder(const std::string& folder) {
  const std::string prefix = folder + "/";
  auto& files = memory_files();
  for (auto at = files.lower_bound(prefix); at != files.end() && at->first.starts_with(prefix);) at = files.erase(at);
}

}  // namespace wasm

Result<std::shared_ptr<const ByteSource>> map_file(const std::string& path) {
  const auto found = wasm::memory_files().find(path);
  if (found != wasm::memory_files().end()) return found->second;
  return fail(Error{Code::kNotFound, "there is no such file"}.in(path).fix("Give the engine its bytes first."));
}

bool is_folder(const std::string& path) {
  const std::string prefix = path.ends_with('/') ? path : path + "/";
  const auto next = wasm::memory_files().lower_bound(prefix);
  return next != wasm::memory_files().end() && next->first.starts_with(prefix);
}

bool path_exists(const std::string& path) { return wasm::memory_files().contains(path) || is_folder(path); }

bool same_file(const std::string& a, const std::string& b) { return a == b; }

std::vector<std::string> names_in(const std::string& folder) {
  const std::string prefix = folder + "/";
  std::vector<std::string> names;
  const auto& files = wasm::memory_files();
  for (auto at = files.lower_bound(prefix); at != files.end() && at->first.starts_with(prefix); ++at)
    names.push_back(at->first.substr(prefix.size()));
  return names;
}

Status make_folders(const std::string&) { return {}; }

}  // namespace lab
