#include "server/request_path.h"

#include <algorithm>
#include <optional>

#include "file/utf8.h"

namespace lab::server {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::optional<std::string> percent_decode(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    if (text.size() - i < 3) return std::nullopt;
    const int high = hex_digit(text[i + 1]), low = hex_digit(text[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

}  // namespace

std::expected<std::string, int> request_path(std::string_view target) {
  target = target.substr(0, target.find_first_of("?#"));
  if (!target.starts_with('/')) return std::unexpected(400);
  const auto decoded = percent_decode(target);
  if (!decoded || !is_utf8(*decoded)) return std::unexpected(400);
  if (std::ranges::any_of(*decoded, [](char c) { return (c >= 0 && c < 32) || c == 127; })) return std::unexpected(400);

  // A backslash separates on other systems; no file of ours has one.
  std::string out;
  int refusal = 0;
  std::string_view rest = *decoded;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find_first_of("/\\"), rest.size());
    const std::string_view segment = rest.substr(0, end);
    const bool last = end == rest.size();
    if (segment == ".." || (!last && rest[end] == '\\')) return std::unexpected(403);
    if (!segment.empty() && segment != ".") {
      if (segment.front() == '.') refusal = 404;
      out += segment;
      if (!last) out += '/';
    }
    rest.remove_prefix(last ? end : end + 1);
  }
  if (refusal != 0) return std::unexpected(refusal);
  return out;
}

}  // namespace lab::server
