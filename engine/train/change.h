// What training has changed: the parameters as they are now beside those that the run began with.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "model/source.h"
#include "train/trainer.h"

namespace lab {

struct Change {
  std::int64_t changed = 0;          ///< parameters whose value is another
  double norm = 0, largest = 0;      ///< of the differences: Euclidean norm, largest absolute value
  std::int64_t weights_affected = 0; ///< the model's weights that these parameters add to, or are
};

/// `seed` is that of write_initial_values(), which is repeated on `scratch`, a device without anything
/// else on it. Takes memory for one more adapter, or for a piece of a model's tensor. kOutOfMemory.
Result<Change> change_since_start(const Trainer& trainer, const ModelSource& source, std::uint64_t seed, Device& scratch);

}  // namespace lab
