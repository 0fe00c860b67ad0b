// The media type of a file by the end of its name.
#pragma once

#include <string>
#include <string_view>

namespace lab::server {

/// Always the same for a name, and never guessed from the contents: with nosniff, what is not listed
/// is downloaded and not run.
std::string media_type(std::string_view path);

}  // namespace lab::server
