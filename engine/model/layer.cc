#include "model/layer.h"

#include <cmath>

#include "model/linear.h"

namespace lab {
namespace {

/// The layer's operations with the arguments that all of them share.
struct Context {
  const Pass& pass;
  const ModelConfig& config;
  const Layer& layer;
  std::int64_t index;
  LayerKept& kept;

  Device& device() const { return pass.device; }
  std::int64_t tokens() const { return pass.tokens; }
  Reals take(std::int64_t columns) const { return pass.arena.reals(tokens() * columns); }
  std::uint32_t stream(Slot slot) const { return static_cast<std::uint32_t>(index) * 16 + static_cast<std::uint32_t>(slot); }

  void forward(Slot slot, Reals x, Reals y, bool accumulate = false) const {
    linear_forward(pass, layer[slot], stream(slot), tokens(), x, kept.u[static_cast<std::size_t>(slot)], y, accumulate);
  }
  void backward(Slot slot, Reals x, Reals dy, Reals dx, bool accumulate = false) const {
    linear_backward(pass, layer[slot], stream(slot), tokens(), x, kept.u[static_cast<std::size_t>(slot)], dy, dx, accumulate);
  }
  void norm(const Norm& norm, Reals x, Reals y) const {
    device().rms_norm_forward({tokens(), config.hidden, config.rms_epsilon, x, norm.weight, y});
  }
  /// d += the gradient of norm(x) given d_y.
  void norm_backward(const Norm& norm, Reals x, Reals d_y, Reals d) const {
    device().rms_norm_backward({tokens(), config.hidden, config.rms_epsilon, x, norm.weight, d_y, d, norm.d_weight, true});
  }
  void head_norm(const Norm& norm, std::int64_t heads, Reals x, Reals y) const {
    device().rms_norm_forward({tokens() * heads, config.head_dim, config.rms_epsilon, x, norm.weight, y});
  }
  void head_norm_backward(const Norm& norm, std::int64_t heads, Reals x, Reals d) const {
    device().rms_norm_backward({tokens() * heads, config.head_dim, config.rms_epsilon, x, norm.weight, d, d, norm.d_weight, false});
  }
  void rotate(Reals x, std::int64_t heads, bool inverse) const {
    device().rope({tokens(), heads, config.head_dim, config.rope.rotary, config.rope_pairs, pass.positions,
                   pass.cosines, pass.sines, x, inverse});
  }
  AttentionForward attention(const KeyValues& kv) const {
    AttentionForward op;
    op.queries = tokens();
    op.keys = kv.keys;
    op.heads = config.heads;
    op.kv_heads = config.kv_heads;
    op.head_dim = config.head_dim;
    op.scale = 1.0 / std::sqrt(static_cast<double>(config.head_dim));
    op.q = kept.q;
    op.k = kv.k;
    op.v = kv.v;
    op.key_begin = layer.window > 0 ? pass.window_begin : pass.key_begin;
    op.key_end = pass.key_end;
    op.out = kept.attention;
    op.log_sum_exp = kept.log_sum_exp;
    return op;
  }
};

void mlp_backward(const Context& c, Reals d) {
  const Arena::Scope scope(c.pass.arena);
  const LayerKept& kept = c.kept;
  const Reals d_act = c.take(c.config.ffn);
  {
    const Arena::Scope inner(c.pass.arena);
    const Reals act = c.take(c.config.ffn);
    c.device().swiglu_forward({act.count, kept.gate, kept.up, act});
    c.backward(Slot::kDown, act, d, d_act);
  }
  c.device().swiglu_backward({d_act.count, kept.gate, kept.up, d_act, kept.gate, kept.up});
  const Reals h = c.take(c.config.hidden), d_h = c.take(c.config.hidden);
  c.norm(c.layer.mlp_norm, kept.x_mid, h);
  c.backward(Slot::kGate, h, kept.gate, d_h);
  c.backward(Slot::kUp, h, kept.up, d_h, true);
  c.norm_backward(c.layer.mlp_norm, kept.x_mid, d_h, d);
}

void attention_backward(const Context& c, Reals d, bool want_input_gradient) {
  const Arena::Scope scope(c.pass.arena);
  const LayerKept& kept = c.kept;
  const Reals dq = c.take(c.config.q_size()), dk = c.take(c.config.kv_size()), dv = c.take(c.config.kv_size());
  {
    const Arena::Scope inner(c.pass.arena);
    const Reals d_attention = c.take(c.config.q_size());
    c.backward(Slot::kO, kept.attention, d, d_attention);
    AttentionBackward op;
    op.forward = c.attention({kept.k, kept.v, c.tokens()});
    op.d_out = d_attention;
    op.delta = c.take(c.config.heads);
    op.dq = dq;
    op.dk = dk;
    op.dv = dv;
    c.device().attention_backward(op);
  }
  c.rotate(dq, c.config.heads, true);
  c.rotate(dk, c.config.kv_heads, true);
  if (c.config.qk_norm) {
    c.head_norm_backward(c.layer.q_norm, c.config.heads, kept.q_raw, dq);
    c.head_norm_backward(c.layer.k_norm, c.config.kv_heads, kept.k_raw, dk);
  }
  const Reals h = c.take(c.config.hidden);
  c.norm(c.layer.attention_norm, kept.x, h);
  const Reals d_h = want_input_gradient ? c.take(c.config.hidden) : Reals{};
  c.backward(Slot::kQ, h, dq, d_h);
  c.backward(Slot::kK, h, dk, d_h, true);
  c.backward(Slot::kV, h, dv, d_h, true);
  if (want_input_gradient) c.norm_backward(c.layer.attention_norm, kept.x, d_h, d);
}

}  // namespace

LayerKept take_layer_kept(Arena& arena, const ModelConfig& config, const Layer& layer,
                          std::int64_t tokens, bool keep_log_sum_exp) {
  LayerKept kept;
  kept.q = arena.reals(tokens * config.q_size());
  kept.k = arena.reals(tokens * config.kv_size());
  kept.v = arena.reals(tokens * config.kv_size());
  if (config.qk_norm && keep_log_sum_exp) {
    kept.q_raw = arena.reals(tokens * config.q_size());
    kept.k_raw = arena.reals(tokens * config.kv_size());
  }
  kept.attention = arena.reals(tokens * config.q_size());
  if (keep_log_sum_exp) kept.log_sum_exp = arena.reals(tokens * config.heads);
  kept.x_mid = arena.reals(tokens * config.hidden);
  kept.gate = arena.reals(tokens * config.ffn);
  kept.up = arena.reals(tokens * config.ffn);
  for (std::size_t s = 0; s < kSlots; ++s)
    if (layer.linear[s].pair.rank > 0) kept.u[s] = arena.reals(tokens * layer.linear[s].pair.rank);
  return kept;
}

void layer_forward(const Pass& pass, const ModelConfig& config, const Layer& layer, std::int64_t index,
                   LayerKept& kept, const KeyValues& key_values, Reals x_out) {
  const Context c{pass, config, layer, index, kept};
  const Arena::Scope scope(pass.arena);
  const Reals h = c.take(config.hidden);
  c.norm(layer.attention_norm, kept.x, h);
  // Without a backward the norms of q and k work in place.
  const Reals q_raw = kept.q_raw ? kept.q_raw : kept.q, k_raw = kept.k_raw ? kept.k_raw : kept.k;
  c.forward(Slot::kQ, h, q_raw);
  c.forward(Slot::kK, h, k_raw);
  c.forward(Slot::kV, h, kept.v);
  if (config.qk_norm) {
    c.head_norm(layer.q_norm, config.heads, q_raw, kept.q);
    c.head_norm(layer.k_norm, config.kv_heads, k_raw, kept.k);
  }
  c.rotate(kept.q, config.heads, false);
  c.rotate(kept.k, config.kv_heads, false);
  c.device().attention_forward(c.attention(key_values));

  c.device().copy(kept.x, kept.x_mid);
  c.forward(Slot::kO, kept.attention, kept.x_mid, true);
  c.norm(layer.mlp_norm, kept.x_mid, h);
  c.forward(Slot::kGate, h, kept.gate);
  c.forward(Slot::kUp, h, kept.up);
  const Reals act = c.take(config.ffn);
  c.device().swiglu_forward({act.count, kept.gate, kept.up, act});
  c.device().copy(kept.x_mid, x_out);
  c.forward(Slot::kDown, act, x_out, true);
}

void layer_backward(const Pass& pass, const ModelConfig& config, const Layer& layer, std::int64_t index,
                    LayerKept& kept, Reals d, bool want_input_gradient) {
  const Context c{pass, config, layer, index, kept};
  mlp_backward(c, d);
  attention_backward(c, d, want_input_gradient);
}

}  // namespace lab
