// Initial values of what a run trains.
#pragma once

#include "model/source.h"
#include "train/trainer.h"

namespace lab {

/// A fresh adapter from the seed (see initial_values()), or the model's own weights.
Status write_initial_values(Trainer& trainer, const ModelSource& source, std::uint64_t seed);

}  // namespace lab
