#include "server/range.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "server/http.h"

namespace lab::server {
namespace {

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// Digits only. A number beyond 64 bits is beyond every file, so it becomes the largest.
std::optional<std::uint64_t> number(std::string_view digits) {
  if (digits.empty() || !std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; })) return std::nullopt;
  std::uint64_t value = 0;
  const auto end = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return end.ec == std::errc::result_out_of_range ? UINT64_MAX : value;
}

}  // namespace

ByteRangeAnswer answer_range(std::string_view header, std::uint64_t size) {
  constexpr std::string_view kUnit = "bytes";
  const std::size_t equals = header.find('=');
  if (equals == std::string_view::npos) return {};
  const std::string_view unit = trim(header.substr(0, equals));
  if (NameLess{}(unit, kUnit) || NameLess{}(kUnit, unit)) return {};
  const std::string_view spec = trim(header.substr(equals + 1));
  const std::size_t dash = spec.find('-');
  if (dash == std::string_view::npos || spec.find(',') != std::string_view::npos) return {};
  const std::string_view first = spec.substr(0, dash), last = spec.substr(dash + 1);

  if (first.empty()) {  // the last so many bytes
    const auto count = number(last);
    if (!count) return {};
    if (*count == 0 || size == 0) return {ByteRangeAnswer::kUnsatisfiable};
    const std::uint64_t length = std::min(*count, size);
    return {ByteRangeAnswer::kPart, size - length, length};
  }
  const auto begin = number(first);
  const auto end = last.empty() ? std::optional(UINT64_MAX) : number(last);
  if (!begin || !end || *begin > *end) return {};
  if (*begin >= size) return {ByteRangeAnswer::kUnsatisfiable};
  return {ByteRangeAnswer::kPart, *begin, std::min(*end, size - 1) - *begin + 1};
}

}  // namespace lab::server
