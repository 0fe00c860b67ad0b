// Documents: all tokens of a corpus, one document after another, each token learnt or only read.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace lab {

/// One encoded sample.
struct Document {
  std::vector<std::int32_t> ids;
  std::vector<std::uint8_t> loss;  ///< one a token: 1 if the model is to learn to produce it
  std::int64_t line = 0;           ///< 1-based line in the corpus
};

/// Flat, so that a token costs five bytes.
struct Documents {
  struct Extent {
    std::int64_t begin, end, line;
  };
  std::vector<std::int32_t> ids;
  std::vector<std::uint8_t> loss;
  std::vector<Extent> extents;

  void append(const Document& document) {
    const auto begin = static_cast<std::int64_t>(ids.size());
    ids.insert(ids.end(), document.ids.begin(), document.ids.end());
    loss.insert(loss.end(), document.loss.begin(), document.loss.end());
    extents.push_back({begin, static_cast<std::int64_t>(ids.size()), document.line});
  }
};

/// Consecutive tokens of one document that are trained on together.
struct Piece {
  std::int64_t begin = 0, tokens = 0;  ///< where in Documents
  std::int64_t line = 0;
  std::int64_t document = 0;  ///< index of the document it is from
};

inline std::span<const std::int32_t> ids_of(const Documents& documents, const Piece& piece) {
  return std::span(documents.ids)
      .subspan(static_cast<std::size_t>(piece.begin), static_cast<std::size_t>(piece.tokens));
}
inline std::span<const std::uint8_t> loss_of(const Documents& documents, const Piece& piece) {
  return std::span(documents.loss)
      .subspan(static_cast<std::size_t>(piece.begin), static_cast<std::size_t>(piece.tokens));
}

}  // namespace lab
