#include "base/paths.h"

#include <filesystem>

#include "base/cat.h"

namespace lab {

bool path_exists(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored);
}

bool is_folder(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::is_directory(path, ignored);
}

Status make_folders(const std::string& path) {
  std::error_code problem;
  std::filesystem::create_directories(path, problem);
  if (problem) return fail(Error{Code::kIo, cat("cannot make the folder: ", problem.message())}.in(path));
  return {};
}

}  // namespace lab
