// A trie over bytes: finds every key that a text starts with, in one walk.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace lab {

/// Immutable, shareable between threads.
class Trie {
 public:
  Trie() = default;
  /// Empty keys are left out; of equal keys the one with the largest value counts.
  explicit Trie(std::vector<std::pair<std::string_view, std::int32_t>> keys);

  bool empty() const { return nodes_.empty(); }
  /// Does any key start with this byte?
  bool starts(unsigned char byte) const { return roots_[byte] != kNone; }

  /// Calls visit(length, value) for every key that `text` starts with, shortest first.
  template <class Visit>
  void prefixes(std::string_view text, Visit&& visit) const {
    std::uint32_t node = kNone;
    for (std::size_t i = 0; i < text.size(); ++i) {
      auto byte = static_cast<unsigned char>(text[i]);
      node = i == 0 ? roots_[byte] : child(node, byte);
      if (node == kNone) return;
      if (nodes_[node].value >= 0) visit(i + 1, nodes_[node].value);
    }
  }

 private:
  static constexpr std::uint32_t kNone = 0xFFFFFFFF;
  struct Node {
    std::uint32_t children = 0;   ///< the first of `count` nodes, sorted by byte
    std::uint16_t count = 0;
    unsigned char byte = 0;
    std::int32_t value = -1;
  };
  static constexpr std::array<std::uint32_t, 256> no_roots() {
    std::array<std::uint32_t, 256> roots;
    roots.fill(kNone);
    return roots;
  }
  std::uint32_t child(std::uint32_t parent, unsigned char byte) const;

  std::array<std::uint32_t, 256> roots_ = no_roots();
  std::vector<Node> nodes_;
};

}  // namespace lab
