// A trie over bytes: finds every key that a text starts with, in one walk.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lab {

/// Immutable, shareable between threads. Has a node only where keys differ: what a key has beyond
/// that is kept as text, so that long keys take no more memory than they have bytes.
class Trie {
 public:
  Trie() = default;
  /// Values are not negative. Empty keys are left out; of equal keys the one with the largest value
  /// counts.
  explicit Trie(std::vector<std::pair<std::string_view, std::int32_t>> keys);

  /// Does any key start with this byte?
  bool starts(unsigned char byte) const { return roots_[byte] != kNone; }

  /// Calls visit(length, value) for every key that `text` starts with, shortest first.
  template <class Visit>
  void prefixes(std::string_view text, Visit&& visit) const {
    std::uint32_t at = kNone;
    for (std::size_t i = 0; i < text.size(); ++i) {
      auto byte = static_cast<unsigned char>(text[i]);
      at = i == 0 ? roots_[byte] : child(at, byte);
      if (at == kNone) return;
      const Node& node = nodes_[at];
      if (node.is_leaf) {
        std::string_view tail = std::string_view(tails_).substr(node.first, node.count);
        if (text.substr(i + 1).starts_with(tail)) visit(i + 1 + tail.size(), node.value);
        return;
      }
      if (node.value >= 0) visit(i + 1, node.value);
    }
  }

 private:
  static constexpr std::uint32_t kNone = 0xFFFFFFFF;
  struct Node {
    unsigned char byte = 0;
    bool is_leaf = false;
    std::int32_t value = -1;
    std::uint32_t first = 0;  ///< its children, sorted by byte; a leaf's: tail in tails_
    std::uint32_t count = 0;
  };
  static constexpr std::array<std::uint32_t, 256> no_roots() {
    std::array<std::uint32_t, 256> roots;
    roots.fill(kNone);
    return roots;
  }
  std::uint32_t child(std::uint32_t parent, unsigned char byte) const;

  std::array<std::uint32_t, 256> roots_ = no_roots();
  std::vector<Node> nodes_;
  std::string tails_;
};

}  // namespace lab
