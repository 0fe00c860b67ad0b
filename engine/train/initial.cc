#include "train/initial.h"

#include "base/cat.h"
#include "tensor/decode.h"

namespace lab {

Status write_initial_values(Trainer& trainer, const ModelSource& source, std::uint64_t seed) {
  Device& device = trainer.device();
  if (const AdapterPlan* plan = trainer.trainable().adapter()) {
    upload_adapter(device, trainer.model().config, initial_values(*plan, seed), trainer.params());
    initial_magnitudes(device, trainer.model(), *plan, trainer.params());
    return {};
  }
  std::vector<float> values;
  for (const FullTensor& tensor : trainer.trainable().full()->tensors) {
    const TensorView* view = source.tensor(tensor.name);
    if (view == nullptr || view->elements() != static_cast<std::uint64_t>(tensor.count))
      return fail(Error{Code::kMismatch, "the tensor is not the one that the model was loaded with"}.in(source.path()).of(tensor.name));
    values.resize(static_cast<std::size_t>(tensor.count));
    decode(view->dtype, view->bytes.data(), tensor.count, values.data());
    device.write(trainer.params().slice(tensor.first, tensor.count), values.data());
  }
  return {};
}

}  // namespace lab
