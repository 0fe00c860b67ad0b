// The whole model: a pass for losses and gradients, and a pass that extends a key-value cache.
#pragma once

#include <cstdint>
#include <vector>

#include "model/head.h"
#include "model/layer.h"
#include "model/model.h"
#include "model/pass.h"

namespace lab {

/// What the backward keeps of each layer's forward.
enum class Recompute : std::uint8_t {
  kNone,    ///< all of LayerKept
  kLayers,  ///< the layer's input only; its forward runs again in the backward (+37 % arithmetic)
};

/// Told the residual stream and its gradient at every layer boundary (probe).
class PassObserver {
 public:
  virtual ~PassObserver() = default;
  virtual void hidden(std::int64_t index, Reals x) = 0;
  virtual void hidden_gradient(std::int64_t index, Reals d) = 0;
};

/// Told what the layers below the first trained one make of the pass' tokens, which it may know already.
class FrozenOutput {
 public:
  virtual ~FrozenOutput() = default;
  /// Writes x [tokens, hidden], if it is known.
  virtual bool recall(Reals x) = 0;
  virtual void remember(Reals x) = 0;
};

struct LossPass {
  std::int64_t loss_count = 0;
  Ints loss_rows, loss_targets;      ///< see HeadLoss
  Reals losses;                      ///< [loss_count], written
  double gradient_scale = 1;
  bool gradient = true;              ///< add the gradients of all trained parameters
  Recompute recompute = Recompute::kNone;
  std::vector<LayerKept>* kept = nullptr;  ///< scratch of the caller, one for each layer
  const Pass* loss_tokens = nullptr;  ///< over loss_rows: the last layer computes no other outputs. Unused with an observer
  FrozenOutput* frozen = nullptr;    ///< unused with an observer
  PassObserver* observer = nullptr;  ///< with it, gradients are carried down to the embedding
};
void loss_pass(const Pass& pass, const Model& model, const LossPass& args);

/// Keys and values of the tokens so far, for every layer [capacity, kv_size].
struct KvCache {
  std::vector<Reals> k, v;
  std::int64_t capacity = 0, length = 0;
};
/// Bytes of device memory that a cache of `capacity` tokens takes.
std::uint64_t kv_cache_bytes(const ModelConfig& config, std::int64_t capacity, std::uint32_t real_bytes);
KvCache take_kv_cache(Arena& arena, const ModelConfig& config, std::int64_t capacity);

/// Runs pass.tokens new tokens behind the cache's and advances it. If `logits` [vocab] is not empty, those of the last token are written.
void decode_pass(const Pass& pass, const Model& model, KvCache& cache, Reals logits);

}  // namespace lab
