#include "text/trie.h"

#include <algorithm>
#include <deque>

namespace lab {

Trie::Trie(std::vector<std::pair<std::string_view, std::int32_t>> keys) {
  std::ranges::sort(keys);
  auto same_key = [](const auto& a, const auto& b) { return a.first == b.first; };
  // From the back, so that of equal keys the last one stays.
  keys.erase(keys.begin(), std::unique(keys.rbegin(), keys.rend(), same_key).base());

  // Level by level: keys [begin, end) agree in their first `depth` bytes, which lead to `node`.
  struct Range {
    std::uint32_t node;
    std::size_t begin, end, depth;
  };
  auto byte_at = [&](std::size_t key, std::size_t depth) {
    return static_cast<unsigned char>(keys[key].first[depth]);
  };
  std::deque<Range> queue = {{kNone, 0, keys.size(), 0}};
  for (; !queue.empty(); queue.pop_front()) {
    Range range = queue.front();
    std::size_t at = range.begin;
    if (at < range.end && keys[at].first.size() == range.depth) {
      if (range.node != kNone) nodes_[range.node].value = keys[at].second;
      ++at;
    }
    const auto first_child = static_cast<std::uint32_t>(nodes_.size());
    while (at < range.end) {
      const unsigned char byte = byte_at(at, range.depth);
      std::size_t end = at + 1;
      while (end < range.end && byte_at(end, range.depth) == byte) ++end;
      const auto node = static_cast<std::uint32_t>(nodes_.size());
      if (range.node == kNone) roots_[byte] = node;
      nodes_.push_back({.byte = byte});
      if (end - at == 1) {
        std::string_view tail = keys[at].first.substr(range.depth + 1);
        nodes_.back() = {byte, true, keys[at].second, static_cast<std::uint32_t>(tails_.size()),
                         static_cast<std::uint32_t>(tail.size())};
        tails_ += tail;
      } else {
        queue.push_back({node, at, end, range.depth + 1});
      }
      at = end;
    }
    if (range.node != kNone) {
      nodes_[range.node].first = first_child;
      nodes_[range.node].count = static_cast<std::uint32_t>(nodes_.size()) - first_child;
    }
  }
}

std::uint32_t Trie::child(std::uint32_t parent, unsigned char byte) const {
  const Node* first = nodes_.data() + nodes_[parent].first;
  const Node* last = first + nodes_[parent].count;
  const Node* found = std::lower_bound(
      first, last, byte, [](const Node& node, unsigned char b) { return node.byte < b; });
  if (found == last || found->byte != byte) return kNone;
  return static_cast<std::uint32_t>(found - nodes_.data());
}

}  // namespace lab
