#include "data/batch.h"

#include <algorithm>

namespace lab {

Batch::Batch(std::int64_t max_tokens) {
  const auto count = static_cast<std::size_t>(max_tokens);
  ids.reserve(count);
  targets.reserve(count);
  positions.reserve(count);
  segment_begin.reserve(count);
  lines.reserve(count);
}

void Batch::clear() {
  ids.clear();
  targets.clear();
  positions.clear();
  segment_begin.clear();
  lines.clear();
  tokens = loss_tokens = 0;
}

void Batch::append(std::span<const std::int32_t> segment, std::span<const std::uint8_t> loss,
                   std::int64_t line) {
  const auto begin = static_cast<std::int32_t>(tokens);
  lines.push_back({begin, line});
  for (std::size_t i = 0; i < segment.size(); ++i) {
    const bool learnt = i + 1 < segment.size() && loss[i + 1] != 0;
    ids.push_back(segment[i]);
    targets.push_back(learnt ? segment[i + 1] : kNoTarget);
    positions.push_back(static_cast<std::int32_t>(i));
    segment_begin.push_back(begin);
    loss_tokens += learnt;
  }
  tokens += static_cast<std::int64_t>(segment.size());
}

std::int64_t Batch::line_of(std::size_t token) const {
  const auto at = static_cast<std::int64_t>(token);
  const auto after = std::upper_bound(lines.begin(), lines.end(), at,
                                      [](std::int64_t t, const Source& s) { return t < s.begin; });
  return after == lines.begin() ? -1 : std::prev(after)->line;
}

}  // namespace lab
