// From a request's target to a path inside the folder that is served, or a refusal.
#pragma once

#include <expected>
#include <string>
#include <string_view>

namespace lab::server {

/// The decoded, normalised path of `target` without leading slash, for example "assets/a b.js" for
/// "/assets/./a%20b.js?v=1"; it ends in a slash, or is empty, where the target names a folder. Else
/// the status to refuse with: 400 for what is no path (a broken %, a NUL or another control character,
/// not UTF-8), 403 for any way up, 404 for names that begin with a dot, which are never served.
std::expected<std::string, int> request_path(std::string_view target);

}  // namespace lab::server
