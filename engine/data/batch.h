// Batch: the tokens of one step, documents one after another without any padding.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace lab {

/// The target of a token that carries no loss.
inline constexpr std::int32_t kNoTarget = -100;

/// All lists have one element for each token. A token attends only to its own segment.
struct Batch {
  std::vector<std::int32_t> ids;
  std::vector<std::int32_t> targets;        ///< the next token of the segment, or kNoTarget
  std::vector<std::int32_t> positions;      ///< from 0 in every segment
  std::vector<std::int32_t> segment_begin;  ///< index of the first token of this token's segment
  std::int64_t tokens = 0, loss_tokens = 0;

  struct Source {
    std::int64_t begin, line;  ///< the segment that starts at token `begin` is from this line
  };
  std::vector<Source> lines;  ///< ascending

  Batch() = default;
  /// Takes the memory for `max_tokens` tokens, so that append() never allocates.
  explicit Batch(std::int64_t max_tokens);

  void clear();
  /// Adds a segment of at least one token. `loss[i]`, of the same length, tells whether ids[i] is
  /// to be learnt; the first token cannot be, as nothing precedes it.
  void append(std::span<const std::int32_t> ids, std::span<const std::uint8_t> loss,
              std::int64_t line);

  /// The corpus line of the token's segment, -1 if unknown.
  std::int64_t line_of(std::size_t token) const;
};

}  // namespace lab
