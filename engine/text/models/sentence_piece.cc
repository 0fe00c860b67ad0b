#include "text/models/sentence_piece.h"

#include <queue>

#include "text/unicode/utf8.h"

namespace lab {

namespace {

struct Symbol {
  std::size_t begin, length;  // length 0: merged into the one before it
  std::size_t previous, next;
};

struct Candidate {
  float score;
  std::size_t left, length;  // stale if the two symbols are not that long together any more
  bool operator<(const Candidate& other) const {
    return score != other.score ? score < other.score : left > other.left;
  }
};

constexpr std::size_t kEnd = static_cast<std::size_t>(-1);

}  // namespace

SentencePiece::SentencePiece(std::shared_ptr<const Vocabulary> vocabulary,
                             std::vector<float> scores, std::optional<std::int32_t> unknown)
    : vocabulary_(std::move(vocabulary)),
      scores_(std::move(scores)),
      unknown_(unknown),
      byte_ids_(byte_piece_ids(*vocabulary_)) {}

Status SentencePiece::encode(std::string_view piece, std::vector<std::int32_t>& out) const {
  std::vector<Symbol> symbols;
  for (std::size_t at = 0; at < piece.size();) {
    std::size_t length = unicode::utf8_length(static_cast<unsigned char>(piece[at]));
    symbols.push_back({at, length, symbols.size() - 1, symbols.size() + 1});
    at += length;
  }
  symbols.back().next = kEnd;

  std::priority_queue<Candidate> queue;
  auto consider = [&](std::size_t left, std::size_t right) {
    if (left == kEnd || right == kEnd) return;
    std::size_t length = symbols[left].length + symbols[right].length;
    if (auto id = vocabulary_->find_text(piece.substr(symbols[left].begin, length)))
      queue.push({scores_[static_cast<std::size_t>(*id)], left, length});
  };
  for (std::size_t i = 0; i + 1 < symbols.size(); ++i) consider(i, i + 1);
  while (!queue.empty()) {
    Candidate top = queue.top();
    queue.pop();
    Symbol& left = symbols[top.left];
    if (left.length == 0 || left.next == kEnd) continue;
    Symbol& right = symbols[left.next];
    if (left.length + right.length != top.length) continue;
    left.length = top.length;
    right.length = 0;
    left.next = right.next;
    if (left.next != kEnd) symbols[left.next].previous = top.left;
    consider(left.previous, top.left);
    consider(top.left, left.next);
  }

  for (std::size_t i = 0; i != kEnd; i = symbols[i].next) {
    std::string_view text = piece.substr(symbols[i].begin, symbols[i].length);
    if (auto id = vocabulary_->find_text(text)) {
      out.push_back(*id);
      continue;
    }
    for (char c : text) {
      std::int32_t id = byte_ids_[static_cast<unsigned char>(c)];
      if (id >= 0) {
        out.push_back(id);
      } else if (unknown_) {
        out.push_back(*unknown_);
      }
    }
  }
  return {};
}

}  // namespace lab
