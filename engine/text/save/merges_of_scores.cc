#include "text/save/merges_of_scores.h"

#include <algorithm>
#include <tuple>
#include <unordered_map>

namespace lab {
namespace {

struct Merge {
  std::string_view left, right;
  float score;
  std::size_t left_id, right_id, piece;
};

bool starts_character(char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }

}  // namespace

std::vector<std::pair<std::string_view, std::string_view>> merges_of_scores(const GgufTokens& tokens, const std::vector<float>& scores) {
  // A text's characters never make a control token.
  std::unordered_map<std::string_view, std::size_t> ids;
  for (std::size_t i = 0; i < tokens.pieces.size(); ++i)
    if (tokens.types[i] != TokenType::kControl && tokens.types[i] != TokenType::kUnknown) ids.emplace(tokens.pieces[i], i);
  std::vector<Merge> merges;
  for (const auto& [piece, id] : ids)
    for (std::size_t cut = 1; cut < piece.size(); ++cut) {
      if (!starts_character(piece[cut])) continue;
      const auto left = ids.find(piece.substr(0, cut)), right = ids.find(piece.substr(cut));
      if (left == ids.end() || right == ids.end()) continue;
      merges.push_back({left->first, right->first, scores[id], left->second, right->second, id});
    }
  std::ranges::sort(merges, [](const Merge& a, const Merge& b) {
    return std::tuple(-a.score, a.piece, a.left_id, a.right_id) < std::tuple(-b.score, b.piece, b.left_id, b.right_id);
  });
  std::vector<std::pair<std::string_view, std::string_view>> pairs;
  pairs.reserve(merges.size());
  for (const Merge& merge : merges) pairs.emplace_back(merge.left, merge.right);
  return pairs;
}

}  // namespace lab
