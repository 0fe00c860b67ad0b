#include "data/packing.h"

#include <algorithm>
#include <numeric>
#include <set>
#include <utility>

#include "base/cat.h"

namespace lab {
namespace {

bool can_be_learnt_from(const Documents& documents, const Piece& piece) {
  const auto loss = loss_of(documents, piece);
  return std::any_of(loss.begin() + 1, loss.end(), [](std::uint8_t flag) { return flag != 0; });
}

}  // namespace

Status cut_document(const Documents& documents, std::int64_t document, std::int64_t context,
                    LongDocument policy, std::vector<Piece>& pieces, CutCounts& counts) {
  const auto& extent = documents.extents[static_cast<std::size_t>(document)];
  const std::int64_t tokens = extent.end - extent.begin;
  std::int64_t end = extent.end;
  if (tokens > context && policy == LongDocument::kRefuse)
    return fail(Error{Code::kLimit,
                      cat("the sample has ", tokens, " tokens, more than the context of ", context)}
                    .on_line(extent.line)
                    .fix("Raise the context, or let long samples be cut."));
  if (tokens > context && policy == LongDocument::kTruncate) {
    ++counts.truncated;
    end = extent.begin + context;
    counts.dropped_tokens += extent.end - end;
  }
  counts.split += tokens > context && policy == LongDocument::kSplit;
  for (std::int64_t begin = extent.begin; begin < end; begin += context) {
    const Piece piece{begin, std::min(context, end - begin), extent.line, document};
    if (can_be_learnt_from(documents, piece)) {
      pieces.push_back(piece);
    } else {
      ++counts.dropped_pieces;
      counts.dropped_tokens += piece.tokens;
    }
  }
  return {};
}

std::span<const Piece> Rows::row(std::int64_t index) const {
  const auto at = static_cast<std::size_t>(index);
  const auto begin = static_cast<std::size_t>(row_begin[at]);
  return std::span(pieces).subspan(begin, static_cast<std::size_t>(row_begin[at + 1]) - begin);
}

Rows pack_rows(std::span<const Piece> pieces, std::int64_t context) {
  std::vector<std::size_t> longest_first(pieces.size());
  std::iota(longest_first.begin(), longest_first.end(), std::size_t{0});
  std::sort(longest_first.begin(), longest_first.end(), [&](std::size_t a, std::size_t b) {
    return pieces[a].tokens != pieces[b].tokens ? pieces[a].tokens > pieces[b].tokens : a < b;
  });

  using Open = std::pair<std::int64_t, std::size_t>;  // free tokens, row
  std::set<Open> open;
  std::vector<std::size_t> row_of(pieces.size());
  std::size_t rows = 0;
  for (const std::size_t i : longest_first) {
    const auto fullest = open.lower_bound({pieces[i].tokens, 0});
    Open chosen = fullest != open.end() ? *fullest : Open{context, rows++};
    if (fullest != open.end()) open.erase(fullest);
    row_of[i] = chosen.second;
    chosen.first -= pieces[i].tokens;
    if (chosen.first > 0) open.insert(chosen);
  }

  // A counting sort by row, which leaves pieces in their order.
  Rows result;
  result.row_begin.assign(rows + 1, 0);
  for (const std::size_t row : row_of) ++result.row_begin[row + 1];
  std::partial_sum(result.row_begin.begin(), result.row_begin.end(), result.row_begin.begin());
  std::vector<std::int64_t> next(result.row_begin.begin(), result.row_begin.end() - 1);
  result.pieces.resize(pieces.size());
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    result.pieces[static_cast<std::size_t>(next[row_of[i]]++)] = pieces[i];
    result.tokens += pieces[i].tokens;
  }
  return result;
}

Rows single_rows(std::span<const Piece> pieces) {
  Rows result;
  result.pieces.assign(pieces.begin(), pieces.end());
  result.row_begin.resize(pieces.size() + 1);
  std::iota(result.row_begin.begin(), result.row_begin.end(), std::int64_t{0});
  for (const Piece& piece : pieces) result.tokens += piece.tokens;
  return result;
}

}  // namespace lab
