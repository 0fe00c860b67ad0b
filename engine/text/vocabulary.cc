#include "text/vocabulary.h"

#include <limits>

#include "base/cat.h"

namespace lab {

Result<Vocabulary> Vocabulary::make(std::vector<Entry> entries) {
  std::size_t count = entries.size();
  if (count == 0) return fail(Code::kEmpty, "the vocabulary is empty");
  if (count > static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max()))
    return fail(Code::kLimit, "the vocabulary has more than 2^31 - 1 pieces");
  Vocabulary result;
  result.entries_.resize(count);
  std::vector<bool> taken(count);
  for (Entry& entry : entries) {
    if (entry.id < 0 || static_cast<std::uint64_t>(entry.id) >= count)
      return fail(Code::kCorrupt, cat("the piece \"", entry.piece, "\" has id ", entry.id,
                                      ", but the ids of ", count, " pieces go from 0 to ",
                                      count - 1));
    auto id = static_cast<std::size_t>(entry.id);
    if (taken[id])
      return fail(Code::kCorrupt, cat("the pieces \"", result.entries_[id].piece, "\" and \"",
                                      entry.piece, "\" have the same id ", id));
    taken[id] = true;
    result.entries_[id] = std::move(entry);
  }
  result.ids_.reserve(count);
  for (const Entry& entry : result.entries_) {
    if (entry.piece.empty()) continue;
    if (!result.ids_.emplace(entry.piece, static_cast<std::int32_t>(entry.id)).second)
      return fail(Code::kCorrupt,
                  cat("the piece \"", entry.piece, "\" is in the vocabulary twice"));
  }
  return result;
}

std::optional<std::int32_t> Vocabulary::find(std::string_view piece) const {
  auto found = ids_.find(piece);
  if (found == ids_.end()) return std::nullopt;
  return found->second;
}

std::optional<std::int32_t> Vocabulary::find_text(std::string_view piece) const {
  auto id = find(piece);
  if (id && (is_special(*id) || is_added(*id))) return std::nullopt;
  return id;
}

}  // namespace lab
