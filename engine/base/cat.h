// cat(...): joins strings and numbers into one std::string, for messages.
#pragma once

#include <charconv>
#include <string>
#include <string_view>
#include <type_traits>

namespace lab {

namespace internal {
inline void append(std::string& out, std::string_view text) { out += text; }
inline void append(std::string& out, const char* text) { out += text; }
inline void append(std::string& out, const std::string& text) { out += text; }
inline void append(std::string& out, char c) { out += c; }
inline void append(std::string& out, bool b) { out += b ? "true" : "false"; }
template <class N>
  requires std::is_arithmetic_v<N>
void append(std::string& out, N number) {
  char digits[40];
  // Six significant digits are what a message needs; exact values go through JSON.
  auto end = [&] {
    if constexpr (std::is_floating_point_v<N>)
      return std::to_chars(digits, digits + sizeof digits, number, std::chars_format::general, 6);
    else
      return std::to_chars(digits, digits + sizeof digits, number);
  }();
  out.append(digits, end.ptr);
}
}  // namespace internal

template <class... Parts>
std::string cat(const Parts&... parts) {
  std::string out;
  (internal::append(out, parts), ...);
  return out;
}

}  // namespace lab
