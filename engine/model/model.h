// Model: the parameters of a transformer on a device; plain handles, cheap to copy.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "base/result.h"
#include "device/device.h"
#include "model/config.h"
#include "model/names.h"
#include "model/source.h"

namespace lab {

/// The low-rank pair beside one linear layer (rank 0: none), with gradients while it is trained.
struct Pair {
  std::int64_t rank = 0;
  double scale = 0;
  Reals a, b;                           ///< [rank, in], [out, rank]; of an embedding [rank, vocab], [hidden, rank]
  Reals magnitude, norm;                ///< DoRA: [out] each, else empty
  Reals d_a, d_b, d_magnitude;          ///< empty unless trained
};

struct Linear {
  Weight weight;                        ///< [out, in]
  Reals bias;                           ///< [out] or empty
  Pair pair;
  Reals d_weight, d_bias;               ///< empty unless the weights themselves are trained

  bool trained() const { return pair.d_a || d_weight; }
};

struct Norm {
  Reals weight, d_weight;
};

struct Layer {
  Norm attention_norm, mlp_norm;
  Norm q_norm, k_norm;                  ///< [head_dim] each, or empty
  std::array<Linear, kSlots> linear;
  std::int64_t window = 0;              ///< keys a query sees; 0 is all

  const Linear& operator[](Slot slot) const { return linear[static_cast<std::size_t>(slot)]; }
  Linear& operator[](Slot slot) { return linear[static_cast<std::size_t>(slot)]; }
  bool trained() const;
};

/// A copy shares all memory: the base and the base with an adapter are two Models.
struct Model {
  ModelConfig config;
  Weight embedding;                     ///< [vocab, hidden]
  Pair embedding_pair;
  Reals d_embedding;
  std::vector<Layer> layers;
  Norm final_norm;
  Linear head;                          ///< [vocab, hidden]; its weight is the embedding's if tied

  bool embedding_trained() const { return embedding_pair.d_a || d_embedding; }
  /// The lowest layer whose input gradient somebody needs: below it no backward runs.
  std::int64_t first_trained_layer() const;
};

/// The shape [out, in] of a linear slot.
std::array<std::int64_t, 2> slot_shape(const ModelConfig& config, Slot slot);

/// Places every weight of `source` on `device`; `source` must outlive the device's use of them.
/// kNotFound, kMismatch and kUnsupported name the tensor.
Result<Model> load_model(Device& device, const ModelSource& source);

}  // namespace lab
