// The shape of a run's batches: how large they get with this corpus, as the trainer's options.
#pragma once

#include "data/dataset.h"
#include "train/run_settings.h"
#include "train/trainer.h"

namespace lab {

/// The trainer's options that the settings mean, no larger than the rows that the run will meet.
TrainerOptions trainer_options(const RunSettings& settings, const Dataset& dataset);

/// Of the micro-batches that the run will meet, the one that is most like their mean; and that mean.
struct TypicalBatch {
  Batch batch;
  double mean_tokens = 0;
};
TypicalBatch typical_batch(const RunSettings& settings, const Dataset& dataset);

}  // namespace lab
