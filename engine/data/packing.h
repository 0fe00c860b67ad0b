// Packing: cuts documents to the context's length and fills rows with them, so that none is padded.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "data/documents.h"

namespace lab {

/// What happens to a document that is longer than the context.
enum class LongDocument : std::uint8_t {
  kTruncate,  ///< its beginning is kept
  kSplit,     ///< it becomes consecutive pieces
  kRefuse,    ///< it is an error
};

struct CutCounts {
  std::int64_t truncated = 0, split = 0;  ///< documents
  std::int64_t dropped_pieces = 0;        ///< nothing to learn in them: no target, or one token
  std::int64_t dropped_tokens = 0;        ///< in those pieces and behind truncations
};

/// Adds the pieces of document number `document`, of at most `context` >= 2 tokens each, to
/// `pieces`. A piece's first token is never a target, as nothing precedes it.
/// kLimit with the line if the document is too long and `policy` refuses that.
Status cut_document(const Documents& documents, std::int64_t document, std::int64_t context,
                    LongDocument policy, std::vector<Piece>& pieces, CutCounts& counts);

/// Rows of pieces.
struct Rows {
  std::vector<Piece> pieces;            ///< row after row
  std::vector<std::int64_t> row_begin;  ///< [rows + 1]: index of each row's first piece
  std::int64_t tokens = 0;

  std::int64_t count() const { return static_cast<std::int64_t>(row_begin.size()) - 1; }
  std::span<const Piece> row(std::int64_t index) const;
};

/// Best-fit decreasing: pieces, longest first, each into the fullest row that still holds it
/// (Johnson et al., "Worst-case performance bounds for simple one-dimensional packing algorithms",
/// SIAM J. Comput. 1974); O(n log n), no row above `context` tokens. Within a row pieces keep their
/// order.
Rows pack_rows(std::span<const Piece> pieces, std::int64_t context);
/// A row for each piece.
Rows single_rows(std::span<const Piece> pieces);

}  // namespace lab
