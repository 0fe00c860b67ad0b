// What the file system has under a name, for code that must also do where there is only memory.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace lab {

/// Does `path` name anything? False where the system does not say.
bool path_exists(const std::string& path);
/// Is it a folder?
bool is_folder(const std::string& path);
/// Do both name the same existing file or folder?
bool same_file(const std::string& a, const std::string& b);
/// The names of what is in a folder, in no order; none where the system does not say.
std::vector<std::string> names_in(const std::string& folder);
/// Makes `path` and the folders above it where they are missing. kIo with the system's reason.
Status make_folders(const std::string& path);

}  // namespace lab
