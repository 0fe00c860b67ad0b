#include "model/model.h"

#include "base/cat.h"
#include "base/out_of_memory.h"
#include "tensor/decode.h"

namespace lab {
namespace {

/// Collects the small vectors (norms, biases), then uploads them in one block.
class Loader {
 public:
  Loader(Device& device, const ModelSource& source) : device_(device), source_(source) {}

  Result<Weight> matrix(const std::string& name, std::int64_t rows, std::int64_t cols) {
    LAB_TRY(const TensorView* view, find(name));
    const std::vector<std::uint64_t> want{static_cast<std::uint64_t>(rows), static_cast<std::uint64_t>(cols)};
    if (view->shape != want) return wrong_shape(name, *view, cat("[", rows, ", ", cols, "]"));
    return device_.place(*view);
  }

  /// `target` becomes valid in finish().
  Status vector(const std::string& name, std::int64_t count, Reals& target) {
    LAB_TRY(const TensorView* view, find(name));
    if (view->shape.size() != 1 || view->shape[0] != static_cast<std::uint64_t>(count))
      return wrong_shape(name, *view, cat("[", count, "]"));
    target.count = count;
    pending_.push_back({view, &target});
    return {};
  }

  Status finish() {
    std::int64_t total = 0;
    for (const auto& [view, target] : pending_) total += padded(target->count);
    const std::uint32_t width = device_.real_bytes();
    LAB_TRY(std::uint64_t address, device_.allocate(static_cast<std::uint64_t>(total) * width));
    std::vector<float> values;
    for (const auto& [view, target] : pending_) {
      values.resize(static_cast<std::size_t>(target->count));
      decode(view->dtype, view->bytes.data(), target->count, values.data());
      *target = {address, target->count, width};
      device_.write(*target, values.data());
      address += static_cast<std::uint64_t>(padded(target->count)) * width;
    }
    return {};
  }

 private:
  static std::int64_t padded(std::int64_t count) { return (count + 15) / 16 * 16; }

  Result<const TensorView*> find(const std::string& name) {
    const TensorView* view = source_.tensor(name);
    if (view == nullptr)
      return fail(Error{Code::kNotFound, cat("the model lacks the tensor ", name)}.in(source_.path()).of(name)
                      .fix("The file is incomplete or of another architecture than it says."));
    if (!info(view->dtype).decodable)
      return fail(Error{Code::kUnsupported, cat("the tensor is stored as ", lab::name(view->dtype), ", which is not supported")}
                      .in(source_.path()).of(name).fix("Take a file in another quantisation, for example Q4_K_M or Q8_0."));
    return view;
  }

  std::unexpected<Error> wrong_shape(const std::string& name, const TensorView& view, const std::string& want) {
    std::string got = "[";
    for (std::size_t i = 0; i < view.shape.size(); ++i) got += cat(i ? ", " : "", view.shape[i]);
    return fail(Error{Code::kMismatch, cat("the tensor has the shape ", got, "] where the model's settings say ", want)}
                    .in(source_.path()).of(name).fix("The file is damaged or its settings belong to another model."));
  }

  struct Pending { const TensorView* view; Reals* target; };
  Device& device_;
  const ModelSource& source_;
  std::vector<Pending> pending_;
};

bool slot_has_bias(const ModelConfig& c, Slot slot) {
  switch (slot) {
    case Slot::kQ: case Slot::kK: case Slot::kV: return c.qkv_bias;
    case Slot::kO: return c.out_bias;
    default: return c.mlp_bias;
  }
}

Status load_layer(Loader& loader, const ModelConfig& c, std::int64_t index, Layer& layer) {
  const std::string prefix = cat("model.layers.", index, ".");
  LAB_CHECK(loader.vector(prefix + "input_layernorm.weight", c.hidden, layer.attention_norm.weight));
  LAB_CHECK(loader.vector(prefix + "post_attention_layernorm.weight", c.hidden, layer.mlp_norm.weight));
  if (c.qk_norm) {
    LAB_CHECK(loader.vector(prefix + "self_attn.q_norm.weight", c.head_dim, layer.q_norm.weight));
    LAB_CHECK(loader.vector(prefix + "self_attn.k_norm.weight", c.head_dim, layer.k_norm.weight));
  }
  for (int s = 0; s < kSlots; ++s) {
    const Slot slot = static_cast<Slot>(s);
    const auto [out, in] = slot_shape(c, slot);
    const std::string path = module_path(index, slot);
    LAB_TRY(layer[slot].weight, loader.matrix(path + ".weight", out, in));
    if (slot_has_bias(c, slot)) LAB_CHECK(loader.vector(path + ".bias", out, layer[slot].bias));
  }
  layer.window = c.windows[static_cast<std::size_t>(index)];
  return {};
}

}  // namespace

bool Layer::trained() const {
  for (const Linear& l : linear)
    if (l.trained()) return true;
  return static_cast<bool>(attention_norm.d_weight);
}

std::int64_t Model::first_trained_layer() const {
  if (embedding_trained()) return 0;
  for (std::size_t i = 0; i < layers.size(); ++i)
    if (layers[i].trained()) return static_cast<std::int64_t>(i);
  return static_cast<std::int64_t>(layers.size());
}

std::array<std::int64_t, 2> slot_shape(const ModelConfig& c, Slot slot) {
  switch (slot) {
    case Slot::kQ: return {c.q_size(), c.hidden};
    case Slot::kK: case Slot::kV: return {c.kv_size(), c.hidden};
    case Slot::kO: return {c.hidden, c.q_size()};
    case Slot::kGate: case Slot::kUp: return {c.ffn, c.hidden};
    case Slot::kDown: return {c.hidden, c.ffn};
  }
  return {0, 0};
}

Result<Model> load_model(Device& device, const ModelSource& source) {
  return or_out_of_memory("placing the model", [&]() -> Result<Model> {
    Model model;
    model.config = source.config();
    const ModelConfig& c = model.config;
    Loader loader(device, source);
    LAB_TRY(model.embedding, loader.matrix(cat(kEmbeddingPath, ".weight"), c.vocab, c.hidden));
    LAB_CHECK(loader.vector(cat(kFinalNormPath, ".weight"), c.hidden, model.final_norm.weight));
    if (c.tied_head) {
      model.head.weight = model.embedding;
    } else {
      LAB_TRY(model.head.weight, loader.matrix(cat(kHeadPath, ".weight"), c.vocab, c.hidden));
    }
    model.layers.resize(static_cast<std::size_t>(c.layers));
    for (std::int64_t i = 0; i < c.layers; ++i)
      LAB_CHECK(load_layer(loader, c, i, model.layers[static_cast<std::size_t>(i)]));
    LAB_CHECK(loader.finish());
    return model;
  });
}

}  // namespace lab
