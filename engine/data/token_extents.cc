#include "data/token_extents.h"

#include <algorithm>
#include <string>

namespace lab {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";

std::size_t blanks_at(std::string_view text, std::size_t begin) {
  return std::min(text.find_first_not_of(kBlanks, begin), text.size()) - begin;
}

}  // namespace

std::optional<std::vector<ByteRange>> token_extents(
    const std::shared_ptr<const Tokenizer>& tokenizer, std::span<const std::int32_t> ids,
    std::string_view text) {
  std::vector<ByteRange> extents;
  extents.reserve(ids.size());
  StreamDecoder decoder(tokenizer, false);
  std::size_t begin = 0;    // where the next token's text starts
  std::size_t waiting = 0;  // tokens before it that have no text yet
  for (const std::int32_t id : ids) {
    const std::string decoded = decoder.push(id);
    std::string_view piece = decoded;
    ByteRange extent{begin, begin};
    if (text.substr(begin, piece.size()) != piece) {
      const std::size_t swallowed = blanks_at(text, begin);
      begin += swallowed;
      if (extents.size() > waiting) {
        extents[extents.size() - waiting - 1].end = begin;
        extent.begin = begin;
      }
      piece.remove_prefix(blanks_at(piece, 0));
      if (text.substr(begin, piece.size()) != piece) return std::nullopt;
    }
    extent.end = begin + piece.size();
    extents.push_back(extent);
    if (piece.empty()) {
      ++waiting;
      continue;
    }
    for (; waiting > 0; --waiting) extents[extents.size() - 1 - waiting] = extent;
    begin = extent.end;
  }
  if (begin + blanks_at(text, begin) != text.size() || !decoder.flush().empty())
    return std::nullopt;
  return extents;
}

}  // namespace lab
