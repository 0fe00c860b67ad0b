// A vocabulary: pieces and their ids, both ways.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"

namespace lab {

/// Immutable, shareable between threads.
class Vocabulary {
 public:
  struct Entry {
    std::string piece;      ///< may be empty: an id that is not in use
    std::int64_t id = 0;
    bool special = false;   ///< control, not text
    bool added = false;     ///< beside the model's pieces: the model never makes it from text
  };

  /// kCorrupt unless every id from 0 to entries.size() - 1 is there once and no piece is twice.
  static Result<Vocabulary> make(std::vector<Entry> entries);

  Vocabulary(Vocabulary&&) = default;
  Vocabulary& operator=(Vocabulary&&) = default;

  std::int32_t size() const { return static_cast<std::int32_t>(entries_.size()); }
  bool contains(std::int64_t id) const { return id >= 0 && id < size(); }
  /// `id` is one that contains() accepts.
  const std::string& piece(std::int32_t id) const { return entry(id).piece; }
  bool is_special(std::int32_t id) const { return entry(id).special; }
  bool is_added(std::int32_t id) const { return entry(id).added; }

  std::optional<std::int32_t> find(std::string_view piece) const;
  /// As find(), but only pieces that the model makes from text: neither special nor added.
  std::optional<std::int32_t> find_text(std::string_view piece) const;

 private:
  Vocabulary() = default;
  const Entry& entry(std::int32_t id) const { return entries_[static_cast<std::size_t>(id)]; }
  std::vector<Entry> entries_;
  std::unordered_map<std::string_view, std::int32_t> ids_;  ///< views into entries_
};

}  // namespace lab
