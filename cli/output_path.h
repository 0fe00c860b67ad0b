// Nothing that is there already is overwritten unless --overwrite says so.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "base/result.h"

namespace lab::cli {

/// Whether the file `out` may be written. kBadArgument if it is there, unless `overwrite`.
Status may_write_file(const std::string& out, bool overwrite);
/// Whether files of these names may be written into the folder `out`, which need not exist.
Status may_write_into(const std::string& out, std::initializer_list<std::string_view> names, bool overwrite);

}  // namespace lab::cli
