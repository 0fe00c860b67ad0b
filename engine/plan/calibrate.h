// Calibration: times a step of the model cut down to one and to a few layers, and draws the line through.
#pragma once

#include "base/result.h"
#include "base/thread_pool.h"
#include "data/dataset.h"
#include "device/precision.h"
#include "train/trainer.h"

namespace lab {

/// Seconds for one micro-batch of about `tokens` tokens.
struct StepTime {
  double tokens = 0;                 ///< of the batch that was timed
  double layer_s = 0;                ///< one trained layer, forward and backward
  double layer_forward_s = 0;        ///< one layer's forward alone
  double rest_s = 0;                 ///< embedding, head, optimizer
  double touch_s_per_byte = 0;       ///< what memory costs that is touched for the first time
  double rest_forward_s = 0;         ///< embedding and head, forward alone
};

/// Runs the real kernels with the model's own last layers on a batch from the corpus.
Result<StepTime> calibrate(ThreadPool& pool, const Model& base, const Trainable& trainable, const TrainerOptions& options,
                           const Batch& batch, Precision precision);

}  // namespace lab
