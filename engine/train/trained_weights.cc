#include "train/trained_weights.h"

namespace lab {

TensorEdit trained_weights(const Trainer& trainer) {
  return [&trainer](const std::string& name, std::vector<float>& values) -> Result<bool> {
    for (const FullTensor& tensor : trainer.trainable().full()->tensors) {
      if (tensor.name != name) continue;
      trainer.device().read(trainer.params().slice(tensor.first, tensor.count), values.data());
      return true;
    }
    return false;
  };
}

}  // namespace lab
