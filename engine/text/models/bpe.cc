#include "text/models/bpe.h"

#include "base/cat.h"
#include "text/unicode/utf8.h"

namespace lab {

Result<std::unique_ptr<Bpe>> Bpe::make(
    std::shared_ptr<const Vocabulary> vocabulary,
    std::span<const std::pair<std::string_view, std::string_view>> merges, Options options) {
  PairTable table(merges.size());
  std::string merged;
  for (std::size_t rank = 0; rank < merges.size(); ++rank) {
    auto [left, right] = merges[rank];
    // The prefix that marks the right part as a continuation is inside the merged piece no more.
    std::string_view tail = right;
    if (!options.continuing_prefix.empty() && tail.starts_with(options.continuing_prefix))
      tail.remove_prefix(options.continuing_prefix.size());
    merged.assign(left).append(tail);
    auto left_id = vocabulary->find(left), right_id = vocabulary->find(right),
         id = vocabulary->find(merged);
    for (auto [piece, found] : {std::pair(left, left_id), std::pair(right, right_id),
                                std::pair(std::string_view(merged), id)})
      if (!found)
        return fail(Error{Code::kCorrupt, cat("merge ", rank, " (\"", left, "\" + \"", right,
                                              "\") needs the piece \"", piece,
                                              "\", which is not in the vocabulary")}
                        .of("merges"));
    if (!table.insert(*left_id, *right_id, {static_cast<std::uint32_t>(rank), *id}))
      return fail(Error{Code::kCorrupt, cat("merge ", rank, " (\"", left, "\" + \"", right,
                                            "\") is there twice")}
                      .of("merges"));
  }
  return std::unique_ptr<Bpe>(new Bpe(std::move(vocabulary), std::move(table), std::move(options)));
}

Bpe::Bpe(std::shared_ptr<const Vocabulary> vocabulary, PairTable merges, Options options)
    : vocabulary_(std::move(vocabulary)),
      merges_(std::move(merges)),
      options_(std::move(options)),
      byte_ids_(byte_piece_ids(*vocabulary_)) {
  for (char32_t c = 0; c < kDirect; ++c) {
    std::string character;
    unicode::append_utf8(character, c);
    direct_ids_[c] = vocabulary_->find_text(character).value_or(-1);
  }
}

// The id of a character that carries no prefix or suffix.
std::optional<std::int32_t> Bpe::character_id(std::string_view character) const {
  if (character.size() > 2) return vocabulary_->find_text(character);
  std::size_t at = 0;
  char32_t c = unicode::next_code_point(character, at);
  if (at != character.size() || c >= kDirect) return vocabulary_->find_text(character);
  if (direct_ids_[c] < 0) return std::nullopt;
  return direct_ids_[c];
}

void Bpe::characters(std::string_view piece, std::vector<std::int32_t>& out) const {
  const bool plain = options_.continuing_prefix.empty() && options_.end_suffix.empty();
  bool unknown = false;  // an unknown id is due before the next known character
  std::string dressed;
  for (std::size_t at = 0; at < piece.size();) {
    std::size_t length = unicode::utf8_length(static_cast<unsigned char>(piece[at]));
    std::string_view character = piece.substr(at, length);
    if (!plain) {
      dressed.clear();
      if (at > 0) dressed += options_.continuing_prefix;
      dressed += character;
      if (at + length == piece.size()) dressed += options_.end_suffix;
      character = dressed;
    }
    at += length;
    auto id = plain ? character_id(character) : vocabulary_->find_text(character);
    if (id) {
      if (unknown) out.push_back(*options_.unknown);
      unknown = false;
      out.push_back(*id);
      continue;
    }
    bool bytes_known = options_.byte_fallback;
    for (char c : character)
      bytes_known = bytes_known && byte_ids_[static_cast<unsigned char>(c)] >= 0;
    if (bytes_known) {
      for (char c : character) out.push_back(byte_ids_[static_cast<unsigned char>(c)]);
      continue;
    }
    if (!options_.unknown) continue;
    if (unknown && !options_.fuse_unknown) out.push_back(*options_.unknown);
    unknown = true;
  }
  if (unknown) out.push_back(*options_.unknown);
}

Status Bpe::encode(std::string_view piece, std::vector<std::int32_t>& out) const {
  if (options_.ignore_merges) {
    if (auto id = vocabulary_->find_text(piece)) {
      out.push_back(*id);
      return {};
    }
  }
  std::size_t from = out.size();
  characters(piece, out);
  merge_pairs(merges_, out, from);
  return {};
}

}  // namespace lab
