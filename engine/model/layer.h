// One decoder layer: forward, and backward with recomputation of all that costs no matrix product.
#pragma once

#include <array>
#include <cstdint>

#include "model/model.h"
#include "model/pass.h"

namespace lab {

// A layer may be asked for the outputs of some tokens only: `out` is then a pass over these (Pass::rows), else it is `pass` itself.
// Keys and values are computed for all tokens, everything else for those of `out`.

/// What a layer's forward leaves for its backward: x, k_raw, k and v of all tokens, the rest of those of `out`. Norm outputs,
/// silu(gate) * up and dropped-out inputs are computed again instead of kept.
struct LayerKept {
  Reals x;                           ///< [hidden] the residual stream that enters the layer
  Reals q_raw, k_raw;                ///< q and k before their norms (qwen3), else empty
  Reals q, k, v;                     ///< after rotation
  Reals attention, log_sum_exp;      ///< [q_size], [heads]
  Reals x_mid;                       ///< the residual stream after attention
  Reals gate, up;                    ///< [ffn]; the backward overwrites them with their gradients
  std::array<Reals, kSlots> u;       ///< [rank] each, the pairs' inner activations
};

/// Everything but x, which the caller sets. `keep_log_sum_exp` false: a forward without backward.
LayerKept take_layer_kept(const Pass& pass, const Pass& out, const ModelConfig& config, const Layer& layer, bool keep_log_sum_exp);

/// The keys and values that attention reads: in training the pass's own (kept.k and kept.v are then
/// the same memory), with a cache all of the past and the pass's own at its end.
struct KeyValues {
  Reals k, v;                        ///< [keys, kv_size]
  std::int64_t keys = 0;
};

/// x_out [out.tokens, hidden] = layer(kept.x); x_out may be the memory of kept.x only where no backward follows and `out` is `pass`.
void layer_forward(const Pass& pass, const Pass& out, const ModelConfig& config, const Layer& layer, std::int64_t index,
                   LayerKept& kept, const KeyValues& key_values, Reals x_out);

/// d_out holds d loss / d x_out, [out.tokens, hidden]; d becomes d loss / d x, [tokens, hidden]; where `out` is `pass` they are the same
/// memory. Parameter gradients are added to. `want_input_gradient` false leaves d undefined and saves the products it would need.
void layer_backward(const Pass& pass, const Pass& out, const ModelConfig& config, const Layer& layer, std::int64_t index,
                    LayerKept& kept, Reals d_out, Reals d, bool want_input_gradient);

}  // namespace lab
