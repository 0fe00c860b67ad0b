// KBlocks cuts the summed dimension of all terms of a product into blocks that fit the caches.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>

#include "kernels/gemm/gemm.h"

namespace lab::kernels {

/// Summands [begin, end) of one term.
struct KSegment {
  const GemmTerm* term = nullptr;
  std::int64_t begin = 0, end = 0;
};

/// A run of summands, possibly of several terms: a weight and its low-rank pair share a block, so
/// the pair costs its 8 or 16 summands and no extra pass over C.
struct KBlock {
  static constexpr int kMostSegments = 8;
  KSegment segments[kMostSegments];
  int count = 0;
  std::int64_t k = 0;
};

/// The cuts depend on the shape only and fall between quantised blocks.
class KBlocks {
 public:
  static constexpr std::int64_t kMostLength = 896;

  explicit KBlocks(std::span<const GemmTerm> terms) : terms_(terms) {
    std::int64_t total = 0;
    for (const GemmTerm& term : terms) total += term.k;
    const std::int64_t blocks = std::max<std::int64_t>(1, (total + kMostTarget - 1) / kMostTarget);
    target_ = (total + blocks - 1) / blocks;
  }

  /// Sets `block` to the next one; false after the last.
  bool next(KBlock& block) {
    block.count = 0;
    block.k = 0;
    while (term_ < terms_.size() && block.count < KBlock::kMostSegments) {
      const GemmTerm& term = terms_[term_];
      const std::int64_t left = term.k - at_;
      const std::int64_t align = alignment(term);
      std::int64_t take = std::min(left, (target_ - block.k + align / 2) / align * align);
      // What is left of a last block joins it rather than making a short one.
      if (take < left && left - take <= align / 2) take = left;
      if (take <= 0 && block.k == 0) take = std::min(left, align);
      if (left > 0 && take <= 0) break;
      if (take > 0) block.segments[block.count++] = {&term, at_, at_ + take};
      block.k += take;
      at_ += take;
      if (at_ < term.k) break;
      ++term_;
      at_ = 0;
    }
    return block.k > 0;
  }

 private:
  // A block ends within half of kMostAlign of its target, and what is left of a term may join it.
  static constexpr std::int64_t kMostTarget = 640;
  static constexpr std::int64_t kMostAlign = 256;
  static_assert(kMostTarget + kMostAlign <= kMostLength);

  /// A matrix whose rows run along k may be cut between its blocks only; 16 keeps loads whole.
  static std::int64_t alignment(const GemmTerm& term) {
    const std::int64_t elements = info(term.b.dtype).block_elements;
    return term.b_is_nk && elements > 1 ? std::min(elements, kMostAlign) : 16;
  }

  std::span<const GemmTerm> terms_;
  std::size_t term_ = 0;
  std::int64_t at_ = 0;
  std::int64_t target_ = 1;
};

}  // namespace lab::kernels
