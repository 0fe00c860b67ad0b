// FrozenStore: what the layers below the first trained one make of a batch. They never change, so from the second epoch
// on it can be looked up.
#pragma once

#include <span>

#include "data/batch.h"

namespace lab {

class FrozenStore {
 public:
  virtual ~FrozenStore() = default;
  /// Fills `hidden` [tokens, hidden size] with what was written for a batch of the same tokens; false, with anything in
  /// it, if there is nothing or it is damaged.
  virtual bool read(const Batch& batch, std::span<float> hidden) = 0;
  /// Keeps it, if there is room.
  virtual void write(const Batch& batch, std::span<const float> hidden) = 0;
};

}  // namespace lab
