#include "server/host_check.h"

#include <arpa/inet.h>

#include <algorithm>

#include "server/http.h"

namespace lab::server {
namespace {

bool same(std::string_view a, std::string_view b) {
  return !NameLess{}(a, b) && !NameLess{}(b, a);
}

bool is_port(std::string_view text) {
  return text.size() <= 5 && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

bool is_v4(std::string_view name) {
  in_addr address;
  return inet_pton(AF_INET, std::string(name).c_str(), &address) == 1;
}

bool is_v6(std::string_view name) {
  if (name.size() < 4 || name.front() != '[' || name.back() != ']') return false;
  in6_addr address;
  return inet_pton(AF_INET6, std::string(name.substr(1, name.size() - 2)).c_str(), &address) == 1;
}

}  // namespace

std::string_view host_name(std::string_view authority) {
  const std::size_t bracket = authority.rfind(']');
  const std::size_t colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
  const std::string_view name = authority.substr(0, colon);
  if (colon != std::string_view::npos && !is_port(authority.substr(colon + 1))) return {};
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
  };
  return is_v6(name) || std::ranges::all_of(name, allowed) ? name : std::string_view{};
}

bool is_loopback(std::string_view name) {
  constexpr std::string_view kLocal = ".localhost";
  if (same(name, "localhost")) return true;
  if (name.size() > kLocal.size() && same(name.substr(name.size() - kLocal.size()), kLocal)) return true;
  return (is_v4(name) && name.starts_with("127.")) || name == "[::1]";
}

bool host_allowed(std::string_view host_header, std::string_view bound) {
  const std::string_view name = host_name(host_header);
  if (name.empty()) return false;
  if (is_loopback(name)) return true;
  if (is_loopback(bound) || bound == "::1") return false;
  return is_v4(name) || is_v6(name) || same(name, bound);
}

bool origin_allowed(std::string_view origin, std::string_view host_header) {
  if (origin.empty()) return true;
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!origin.starts_with(scheme)) continue;
    const std::string_view authority = origin.substr(scheme.size());
    return same(authority, host_header) || is_loopback(host_name(authority));
  }
  return false;
}

}  // namespace lab::server
