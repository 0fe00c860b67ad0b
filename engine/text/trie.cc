#include "text/trie.h"

#include <algorithm>

namespace lab {

Trie::Trie(std::vector<std::pair<std::string_view, std::int32_t>> keys) {
  // Ties are broken by the value, so that the outcome does not depend on the sort.
  std::ranges::sort(keys);

  // Level by level: a range of keys that agree in their first `depth` bytes belongs to `parent`.
  struct Range {
    std::uint32_t parent;
    std::size_t begin, end, depth;
  };
  std::vector<Range> queue = {{kNone, 0, keys.size(), 0}};
  for (std::size_t head = 0; head < queue.size(); ++head) {
    Range range = queue[head];
    auto first_child = static_cast<std::uint32_t>(nodes_.size());
    std::size_t at = range.begin;
    while (at < range.end && keys[at].first.size() == range.depth) {
      if (range.parent != kNone) nodes_[range.parent].value = keys[at].second;
      ++at;
    }
    while (at < range.end) {
      auto byte = static_cast<unsigned char>(keys[at].first[range.depth]);
      std::size_t end = at;
      while (end < range.end && static_cast<unsigned char>(keys[end].first[range.depth]) == byte)
        ++end;
      auto node = static_cast<std::uint32_t>(nodes_.size());
      nodes_.push_back({.byte = byte});
      if (range.parent == kNone) roots_[byte] = node;
      queue.push_back({node, at, end, range.depth + 1});
      at = end;
    }
    if (range.parent != kNone) {
      nodes_[range.parent].children = first_child;
      nodes_[range.parent].count = static_cast<std::uint16_t>(nodes_.size() - first_child);
    }
  }
}

std::uint32_t Trie::child(std::uint32_t parent, unsigned char byte) const {
  const Node* first = nodes_.data() + nodes_[parent].children;
  const Node* last = first + nodes_[parent].count;
  const Node* found = std::lower_bound(first, last, byte,
                                       [](const Node& node, unsigned char b) { return node.byte < b; });
  if (found == last || found->byte != byte) return kNone;
  return static_cast<std::uint32_t>(found - nodes_.data());
}

}  // namespace lab
