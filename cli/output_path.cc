#include "output_path.h"

#include <filesystem>

namespace lab::cli {
namespace fs = std::filesystem;

Status may_write_file(const std::string& out, bool overwrite) {
  std::error_code ignored;
  if (fs::is_directory(out, ignored))
    return fail(Error{Code::kBadArgument, "this is a folder, and a file is to be written"}.in(out).of("out").fix("Name a file."));
  if (overwrite || !fs::exists(out, ignored)) return {};
  return fail(Error{Code::kBadArgument, "the file exists already"}.in(out).of("out").fix("Name another --out, or give --overwrite."));
}

Status may_write_into(const std::string& out, std::initializer_list<std::string_view> names, bool overwrite) {
  std::error_code ignored;
  if (fs::exists(out, ignored) && !fs::is_directory(out, ignored))
    return fail(Error{Code::kBadArgument, "this is a file, and a folder is to be written"}.in(out).of("out").fix("Name a folder."));
  for (const std::string_view name : names)
    if (!overwrite && fs::exists(fs::path(out) / name, ignored))
      return fail(Error{Code::kBadArgument, "the file exists already"}.in((fs::path(out) / name).string()).of("out")
                      .fix("Name another --out, or give --overwrite."));
  return {};
}

}  // namespace lab::cli
