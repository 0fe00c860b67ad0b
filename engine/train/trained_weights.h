// The weights of a full fine-tune on their way into a model file.
#pragma once

#include "adapter/model_writer.h"
#include "train/trainer.h"

namespace lab {

/// An edit for write_model() that puts the trained values in place of the base's. `trainer`, which must
/// train a whole model, must outlive it.
TensorEdit trained_weights(const Trainer& trainer);

}  // namespace lab
