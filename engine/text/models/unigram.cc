#include "text/models/unigram.h"

#include <algorithm>
#include <ranges>

#include "base/cat.h"
#include "text/unicode/utf8.h"

namespace lab {

namespace {
constexpr double kUnknownPenalty = 10.0;  // below the lowest score, as SentencePiece has it
constexpr std::int32_t kNone = -1, kUnknown = -2;
}

Unigram::Unigram(std::shared_ptr<const Vocabulary> vocabulary, std::vector<double> scores,
                 std::optional<std::int32_t> unknown, bool byte_fallback)
    : vocabulary_(std::move(vocabulary)),
      scores_(std::move(scores)),
      unknown_(unknown),
      byte_fallback_(byte_fallback),
      unknown_score_(std::ranges::min(scores_) - kUnknownPenalty),
      byte_ids_(byte_piece_ids(*vocabulary_)) {
  std::vector<std::pair<std::string_view, std::int32_t>> keys;
  for (std::int32_t id = 0; id < static_cast<std::int32_t>(scores_.size()); ++id)
    if (!vocabulary_->is_special(id)) keys.emplace_back(vocabulary_->piece(id), id);
  pieces_ = Trie(std::move(keys));
}

Status Unigram::encode(std::string_view piece, std::vector<std::int32_t>& out) const {
  struct Best {
    double score = 0;
    std::size_t from = 0;
    std::int32_t id = kNone;  // of the last piece on the best way here
  };
  std::vector<Best> best(piece.size() + 1);
  for (std::size_t at = 0; at < piece.size();) {
    std::size_t character = unicode::utf8_length(static_cast<unsigned char>(piece[at]));
    auto offer = [&](std::size_t length, std::int32_t id, double score) {
      Best& target = best[at + length];
      score += best[at].score;
      if (target.id == kNone || score > target.score) target = {score, at, id};
    };
    bool covered = false;  // by a piece of just this character
    pieces_.prefixes(piece.substr(at), [&](std::size_t length, std::int32_t id) {
      offer(length, id, scores_[static_cast<std::size_t>(id)]);
      covered = covered || length == character;
    });
    if (!covered) {
      if (!unknown_)
        return fail(Code::kBadText, cat("the vocabulary has neither the character \"",
                                        piece.substr(at, character), "\" nor an unknown piece"));
      offer(character, kUnknown, unknown_score_);
    }
    at += character;
  }

  std::vector<std::pair<std::size_t, std::size_t>> cuts;  // from the end; runs of unknown are one
  bool after_unknown = false;
  for (std::size_t at = piece.size(); at > 0;) {
    const Best& node = best[at];
    bool unknown = node.id == kUnknown;
    if (unknown && after_unknown) {
      cuts.back().first = node.from;
    } else {
      cuts.emplace_back(node.from, at);
    }
    after_unknown = unknown;
    at = node.from;
  }
  for (auto [from, to] : cuts | std::views::reverse) {
    std::string_view text = piece.substr(from, to - from);
    if (auto id = vocabulary_->find_text(text)) {
      out.push_back(*id);
    } else {
      emit_unknown(text, out);
    }
  }
  return {};
}

void Unigram::emit_unknown(std::string_view text, std::vector<std::int32_t>& out) const {
  bool bytes_known = byte_fallback_ && std::ranges::all_of(text, [&](char c) {
    return byte_ids_[static_cast<unsigned char>(c)] >= 0;
  });
  if (!bytes_known) return out.push_back(*unknown_);
  for (char c : text) out.push_back(byte_ids_[static_cast<unsigned char>(c)]);
}

}  // namespace lab
