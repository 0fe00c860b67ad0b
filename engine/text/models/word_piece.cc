#include "text/models/word_piece.h"

#include "text/unicode/utf8.h"

namespace lab {

WordPiece::WordPiece(std::shared_ptr<const Vocabulary> vocabulary, std::int32_t unknown,
                     std::string_view continuing_prefix, std::size_t max_characters)
    : unknown_(unknown), max_characters_(max_characters) {
  std::vector<std::pair<std::string_view, std::int32_t>> first, continuing;
  for (std::int32_t id = 0; id < vocabulary->size(); ++id) {
    if (vocabulary->is_special(id) || vocabulary->is_added(id)) continue;
    std::string_view piece = vocabulary->piece(id);
    first.emplace_back(piece, id);
    if (piece.starts_with(continuing_prefix))
      continuing.emplace_back(piece.substr(continuing_prefix.size()), id);
  }
  first_ = Trie(std::move(first));
  continuing_ = Trie(std::move(continuing));
}

Status WordPiece::encode(std::string_view piece, std::vector<std::int32_t>& out) const {
  std::size_t before = out.size();
  bool covered = unicode::count_code_points(piece) <= max_characters_;
  for (std::size_t at = 0; covered && at < piece.size();) {
    std::size_t longest = 0;
    (at == 0 ? first_ : continuing_)
        .prefixes(piece.substr(at), [&](std::size_t length, std::int32_t id) {
          if (longest > 0) out.pop_back();
          out.push_back(id);
          longest = length;
        });
    covered = longest > 0;
    at += longest;
  }
  if (!covered) {
    out.resize(before);
    out.push_back(unknown_);
  }
  return {};
}

}  // namespace lab
