// Trainable: the parameters that a run changes, as one flat array: an adapter's pairs or every weight.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "adapter/adapter_values.h"
#include "model/model.h"

namespace lab {

/// One weight of a full fine-tune, in the model's own row order.
struct FullTensor {
  std::string name;                  ///< Hugging Face's, "model.norm.weight"
  std::vector<std::uint64_t> shape;
  std::int64_t first = 0, count = 0;
};
/// Matrices come first, then the vectors, which weight decay spares.
struct FullPlan {
  std::vector<FullTensor> tensors;
  std::int64_t parameters = 0, matrix_parameters = 0;
};
FullPlan plan_full(const Model& model);

class Trainable {
 public:
  explicit Trainable(AdapterPlan plan) : plan_(std::move(plan)) {}
  explicit Trainable(FullPlan plan) : plan_(std::move(plan)) {}

  const AdapterPlan* adapter() const { return std::get_if<AdapterPlan>(&plan_); }
  const FullPlan* full() const { return std::get_if<FullPlan>(&plan_); }
  std::int64_t parameters() const;
  /// Parameters at the front that weight decay applies to.
  std::int64_t decayed_parameters() const;
  /// Reals beside the parameters (DoRA's norms).
  std::int64_t norms() const { return adapter() ? norm_count(*adapter()) : 0; }
  /// Makes `model` compute with `params` and add its gradients to `grads` (empty: none).
  void attach(Device& device, Model& model, Reals params, Reals grads, Reals norms) const;
  /// After params have changed: whatever is computed from them alone.
  void refresh(Device& device, const Model& model) const;

 private:
  std::variant<AdapterPlan, FullPlan> plan_;
};

}  // namespace lab
