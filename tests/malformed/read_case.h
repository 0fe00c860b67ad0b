// Writes cases as files and gives them to the public readers.
#pragma once

#include <string>

#include "base/result.h"
#include "case.h"

namespace lab::malformed {

/// Where the case lies below `root`: its own folder, "safetensors/S3b".
std::string folder_of(const Case& one, const std::string& root);
/// What the reader is given: that folder, or the first file in it.
std::string path_of(const Case& one, const std::string& root);

/// Writes the case's files into its folder; kIo if that fails.
Status write_case(const Case& one, const std::string& root);

/// Reads what write_case() wrote through the public reader of its format, to the end.
Status read_case(const Case& one, const std::string& root);

}  // namespace lab::malformed
