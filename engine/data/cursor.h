// Cursor: walks over rows again and again, each epoch in another order, from any place.
#pragma once

#include <cstdint>
#include <vector>

#include "base/result.h"

namespace lab {

/// Where a walk stands: `index` rows of epoch `epoch` are behind it.
struct CursorState {
  std::int64_t epoch = 0, index = 0;
  bool operator==(const CursorState&) const = default;
};

/// The order depends on seed and epoch alone, so a state continues the same walk in any process.
class Cursor {
 public:
  /// `rows` >= 1, below 2^32.
  Cursor(std::int64_t rows, std::uint64_t seed);

  /// The next row; after the last of an epoch the first of the next.
  std::int64_t next();

  CursorState state() const { return state_; }
  /// kMismatch if no walk over so many rows can stand there.
  Status seek(CursorState state);

 private:
  void shuffle();

  std::uint64_t seed_;
  CursorState state_;
  std::vector<std::uint32_t> order_;  ///< of the rows in this epoch
};

}  // namespace lab
