#include "train/trainable.h"

#include "base/cat.h"

namespace lab {
namespace {

/// Walks every weight of the model in a fixed order: matrices, then vectors. `matrix(name, Weight&,
/// gradient)`, `vector(name, Reals& value, gradient)`.
template <class AnyModel, class Matrix, class Vector>
void walk(AnyModel& model, const Matrix& matrix, const Vector& vector) {
  matrix(cat(kEmbeddingPath, ".weight"), model.embedding, model.d_embedding);
  if (!model.config.tied_head) matrix(cat(kHeadPath, ".weight"), model.head.weight, model.head.d_weight);
  for (std::size_t i = 0; i < model.layers.size(); ++i)
    for (int s = 0; s < kSlots; ++s) {
      auto& linear = model.layers[i].linear[static_cast<std::size_t>(s)];
      matrix(module_path(static_cast<std::int64_t>(i), static_cast<Slot>(s)) + ".weight", linear.weight, linear.d_weight);
    }
  vector(cat(kFinalNormPath, ".weight"), model.final_norm.weight, model.final_norm.d_weight);
  for (std::size_t i = 0; i < model.layers.size(); ++i) {
    auto& layer = model.layers[i];
    const std::string prefix = cat("model.layers.", i, ".");
    vector(prefix + "input_layernorm.weight", layer.attention_norm.weight, layer.attention_norm.d_weight);
    vector(prefix + "post_attention_layernorm.weight", layer.mlp_norm.weight, layer.mlp_norm.d_weight);
    if (layer.q_norm.weight) vector(prefix + "self_attn.q_norm.weight", layer.q_norm.weight, layer.q_norm.d_weight);
    if (layer.k_norm.weight) vector(prefix + "self_attn.k_norm.weight", layer.k_norm.weight, layer.k_norm.d_weight);
    for (int s = 0; s < kSlots; ++s) {
      auto& linear = layer.linear[static_cast<std::size_t>(s)];
      if (linear.bias) vector(module_path(static_cast<std::int64_t>(i), static_cast<Slot>(s)) + ".bias", linear.bias, linear.d_bias);
    }
  }
}

}  // namespace

FullPlan plan_full(const Model& model) {
  FullPlan plan;
  auto add = [&](std::string name, std::vector<std::uint64_t> shape, std::int64_t count) {
    plan.tensors.push_back({std::move(name), std::move(shape), plan.parameters, count});
    plan.parameters += count;
  };
  walk(model,
       [&](std::string name, const Weight& w, const Reals&) {
         add(std::move(name), {static_cast<std::uint64_t>(w.rows), static_cast<std::uint64_t>(w.cols)}, w.rows * w.cols);
         plan.matrix_parameters = plan.parameters;
       },
       [&](std::string name, const Reals& v, const Reals&) { add(std::move(name), {static_cast<std::uint64_t>(v.count)}, v.count); });
  return plan;
}

std::int64_t Trainable::parameters() const { return adapter() ? adapter()->parameters() : full()->parameters; }

std::int64_t Trainable::decayed_parameters() const { return adapter() ? adapter()->parameters() : full()->matrix_parameters; }

void Trainable::attach(Device& device, Model& model, Reals params, Reals grads, Reals norms) const {
  if (adapter()) return attach_adapter(model, *adapter(), params, grads, norms);
  std::int64_t at = 0;
  auto gradient = [&](std::int64_t count) { return grads ? grads.slice(at, count) : Reals{}; };
  walk(model,
       [&](const std::string&, Weight& w, Reals& d) {
         const std::int64_t count = w.rows * w.cols;
         d = gradient(count);
         w = device.as_weight(params.slice(at, count), w.rows, w.cols);
         at += count;
       },
       [&](const std::string&, Reals& v, Reals& d) {
         d = gradient(v.count);
         v = params.slice(at, v.count);
         at += v.count;
       });
  if (model.config.tied_head) {
    model.head.weight = model.embedding;
    model.head.d_weight = model.d_embedding;
  }
}

void Trainable::refresh(Device& device, const Model& model) const {
  if (adapter()) refresh_norms(device, model, *adapter());
}

}  // namespace lab
