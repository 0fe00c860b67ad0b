#include "data/cursor.h"

#include "base/cat.h"
#include "data/shuffle.h"

namespace lab {

Cursor::Cursor(std::int64_t rows, std::uint64_t seed)
    : seed_(seed), order_(static_cast<std::size_t>(rows)) {
  shuffle();
}

void Cursor::shuffle() {
  const auto epoch = static_cast<std::uint32_t>(state_.epoch);
  shuffle_indices(Philox(seed_, Stream::kShuffle, epoch), order_);
}

std::int64_t Cursor::next() {
  const std::int64_t row = order_[static_cast<std::size_t>(state_.index)];
  if (++state_.index == static_cast<std::int64_t>(order_.size())) {
    state_ = {state_.epoch + 1, 0};
    shuffle();
  }
  return row;
}

Status Cursor::seek(CursorState state) {
  const auto rows = static_cast<std::int64_t>(order_.size());
  if (state.epoch < 0 || state.epoch > UINT32_MAX || state.index < 0 || state.index >= rows)
    return fail(Error{Code::kMismatch, cat("row ", state.index, " of epoch ", state.epoch,
                                           " is not a place in a walk over ", rows, " rows")}
                    .of("cursor")
                    .fix("Use the corpus and the settings that the run began with."));
  state_ = state;
  shuffle();
  return {};
}

}  // namespace lab
