#include "text/added_tokens.h"

#include <algorithm>

#include "text/unicode/unicode.h"
#include "text/unicode/utf8.h"

namespace lab {

namespace {

using unicode::next_code_point;
using unicode::previous_code_point;

// The word characters of UTS #18, Join_Control included.
bool is_word(char32_t c) { return unicode::is_word(c) || c == 0x200C || c == 0x200D; }

bool word_before(std::string_view text, std::size_t at) {
  return at > 0 && is_word(previous_code_point(text, at));
}

bool word_after(std::string_view text, std::size_t at) {
  return at < text.size() && is_word(next_code_point(text, at));
}

std::size_t skip_space_left(std::string_view text, std::size_t at, std::size_t limit) {
  while (at > limit) {
    std::size_t before = at;
    if (!unicode::is_white_space(previous_code_point(text, before))) break;
    at = before;
  }
  return std::max(at, limit);
}

std::size_t skip_space_right(std::string_view text, std::size_t at) {
  while (at < text.size()) {
    std::size_t after = at;
    if (!unicode::is_white_space(next_code_point(text, after))) break;
    at = after;
  }
  return at;
}

}  // namespace

AddedTokens::AddedTokens(std::vector<AddedToken> tokens) : tokens_(std::move(tokens)) {
  std::vector<std::pair<std::string_view, std::int32_t>> keys;
  for (std::size_t i = 0; i < tokens_.size(); ++i)
    keys.emplace_back(tokens_[i].content, static_cast<std::int32_t>(i));
  trie_ = Trie(std::move(keys));
}

std::vector<AddedTokens::Part> AddedTokens::split(std::string_view text,
                                                  bool parse_special) const {
  std::vector<Part> parts;
  std::size_t done = 0;  // parts cover [0, done)
  for (std::size_t at = 0; at < text.size();) {
    std::size_t length = 0;
    std::int32_t index = -1;
    if (trie_.starts(static_cast<unsigned char>(text[at])))
      trie_.prefixes(text.substr(at), [&](std::size_t matched, std::int32_t which) {
        length = matched;
        index = which;
      });
    if (index < 0) {
      ++at;
      continue;
    }
    const AddedToken& token = tokens_[static_cast<std::size_t>(index)];
    std::size_t begin = at, end = at + length;
    at = end;
    if (token.special && !parse_special) continue;
    if (token.single_word && (word_before(text, begin) || word_after(text, end))) continue;
    if (token.strips_left) begin = skip_space_left(text, begin, done);
    if (token.strips_right) end = skip_space_right(text, end);
    if (done < begin) parts.push_back({text.substr(done, begin - done)});
    parts.push_back({text.substr(begin, end - begin), token.id});
    done = std::max(done, end);
  }
  if (done < text.size()) parts.push_back({text.substr(done)});
  return parts;
}

}  // namespace lab
