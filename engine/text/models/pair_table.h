// The merges of a BPE model: a hash table from a pair of ids to its rank and its merged id.
#pragma once

#include <cstdint>
#include <vector>

namespace lab {

/// Open addressing at a load of at most one half. Immutable once filled.
class PairTable {
 public:
  struct Merge {
    std::uint32_t rank = kNoRank;  ///< lower merges first
    std::int32_t id = -1;          ///< what the pair becomes
  };
  static constexpr std::uint32_t kNoRank = 0xFFFFFFFF;

  explicit PairTable(std::size_t count) {
    std::size_t capacity = 16;
    while (capacity < count * 2) capacity *= 2;
    slots_.resize(capacity);
  }

  /// False if the pair is there already.
  bool insert(std::int32_t left, std::int32_t right, Merge merge) {
    Slot& slot = slots_[position(key(left, right))];
    if (slot.key != kEmpty) return false;
    slot = {key(left, right), merge};
    return true;
  }

  /// The rank is kNoRank if the pair does not merge.
  Merge find(std::int32_t left, std::int32_t right) const {
    return slots_[position(key(left, right))].merge;
  }

 private:
  static constexpr std::uint64_t kEmpty = ~std::uint64_t{0};
  struct Slot {
    std::uint64_t key = kEmpty;
    Merge merge;
  };
  static std::uint64_t key(std::int32_t left, std::int32_t right) {
    return static_cast<std::uint64_t>(static_cast<std::uint32_t>(left)) << 32 |
           static_cast<std::uint32_t>(right);
  }
  std::size_t position(std::uint64_t key) const {
    std::uint64_t hash = key * 0x9E3779B97F4A7C15u;  // Fibonacci hashing
    hash ^= hash >> 32;
    std::size_t mask = slots_.size() - 1;
    std::size_t at = hash & mask;
    while (slots_[at].key != key && slots_[at].key != kEmpty) at = (at + 1) & mask;
    return at;
  }
  std::vector<Slot> slots_;
};

}  // namespace lab
