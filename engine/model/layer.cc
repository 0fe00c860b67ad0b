#include "model/layer.h"

#include <cmath>

#include "model/linear.h"

namespace lab {
namespace {

/// Keys and values are those of all tokens.
std::int64_t tokens_of(Slot slot, const Pass& pass, const Pass& out) { return slot == Slot::kK || slot == Slot::kV ? pass.tokens : out.tokens; }

/// The layer's operations with the arguments that all of them share.
struct Context {
  const Pass& pass;
  const Pass& out;
  const ModelConfig& config;
  const Layer& layer;
  std::int64_t index;
  LayerKept& kept;

  Device& device() const { return pass.device; }
  Reals take(const Pass& of, std::int64_t columns) const { return pass.arena.reals(of.tokens * columns); }
  std::uint32_t stream(Slot slot) const { return static_cast<std::uint32_t>(index) * 16 + static_cast<std::uint32_t>(slot); }
  void forward(Slot slot, Reals x, Reals y, bool accumulate = false) const {
    linear_forward(pass, layer[slot], stream(slot), tokens_of(slot, pass, out), x, kept.u[static_cast<std::size_t>(slot)], y, accumulate);
  }
  void backward(Slot slot, Reals x, Reals dy, Reals dx, bool accumulate = false) const {
    linear_backward(pass, layer[slot], stream(slot), tokens_of(slot, pass, out), x, kept.u[static_cast<std::size_t>(slot)], dy, dx, accumulate);
  }
  void norm(const Pass& of, const Norm& norm, Reals x, Reals y) const {
    device().rms_norm_forward({of.tokens, config.hidden, config.rms_epsilon, x, norm.weight, y});
  }
  /// d += the gradient of norm(x) given d_y.
  void norm_backward(const Pass& of, const Norm& norm, Reals x, Reals d_y, Reals d) const {
    device().rms_norm_backward({of.tokens, config.hidden, config.rms_epsilon, x, norm.weight, d_y, d, norm.d_weight, true});
  }
  void head_norm(const Pass& of, const Norm& norm, std::int64_t heads, Reals x, Reals y) const {
    device().rms_norm_forward({of.tokens * heads, config.head_dim, config.rms_epsilon, x, norm.weight, y});
  }
  void head_norm_backward(const Pass& of, const Norm& norm, std::int64_t heads, Reals x, Reals d) const {
    device().rms_norm_backward({of.tokens * heads, config.head_dim, config.rms_epsilon, x, norm.weight, d, d, norm.d_weight, false});
  }
  void rotate(const Pass& of, Reals x, std::int64_t heads, bool inverse) const {
    device().rope({of.tokens, heads, config.head_dim, config.rope.rotary, config.rope_pairs, of.positions,
                   pass.cosines, pass.sines, x, inverse});
  }
  AttentionForward attention(const KeyValues& kv) const {
    AttentionForward op;
    op.queries = out.tokens;
    op.keys = kv.keys;
    op.heads = config.heads;
    op.kv_heads = config.kv_heads;
    op.head_dim = config.head_dim;
    op.scale = 1.0 / std::sqrt(static_cast<double>(config.head_dim));
    op.q = kept.q;
    op.k = kv.k;
    op.v = kv.v;
    op.key_begin = layer.window > 0 ? out.window_begin : out.key_begin;
    op.key_end = out.key_end;
    op.out = kept.attention;
    op.log_sum_exp = kept.log_sum_exp;
    return op;
  }

  // Picking rows is embedding look-up with row numbers for ids; adding them back its backward.
  /// The rows of x [tokens, hidden] that `out` has: x itself if these are all.
  Reals own_rows(Reals x) const {
    if (!out.rows) return x;
    const Reals own = take(out, config.hidden);
    pick(x, own);
    return own;
  }
  void pick(Reals x, Reals own) const {
    device().embed_forward({out.tokens, out.rows, device().as_weight(x, pass.tokens, config.hidden), own});
  }
  /// d becomes 0 but for these rows.
  void spread(Reals own, Reals d) const {
    device().fill(d, 0);
    device().embed_backward({out.tokens, config.hidden, out.rows, own, d});
  }
};

void mlp_backward(const Context& c, Reals d) {
  const Arena::Scope scope(c.pass.arena);
  const LayerKept& kept = c.kept;
  const Reals d_act = c.take(c.out, c.config.ffn);
  {
    const Arena::Scope inner(c.pass.arena);
    const Reals act = c.take(c.out, c.config.ffn);
    c.device().swiglu_forward({act.count, kept.gate, kept.up, act});
    c.backward(Slot::kDown, act, d, d_act);
  }
  c.device().swiglu_backward({d_act.count, kept.gate, kept.up, d_act, kept.gate, kept.up});
  const Reals h = c.take(c.out, c.config.hidden), d_h = c.take(c.out, c.config.hidden);
  c.norm(c.out, c.layer.mlp_norm, kept.x_mid, h);
  c.backward(Slot::kGate, h, kept.gate, d_h);
  c.backward(Slot::kUp, h, kept.up, d_h, true);
  c.norm_backward(c.out, c.layer.mlp_norm, kept.x_mid, d_h, d);
}

/// The gradient of the queries' input: added up in d_h [tokens, hidden], if that is wanted.
void query_backward(const Context& c, Reals h, Reals dq, Reals d_h) {
  if (!c.out.rows) return c.backward(Slot::kQ, h, dq, d_h);
  const Arena::Scope scope(c.pass.arena);
  const Reals own = c.own_rows(h), d_own = d_h ? c.take(c.out, c.config.hidden) : Reals{};
  c.backward(Slot::kQ, own, dq, d_own);
  if (d_h) c.spread(d_own, d_h);
}

void attention_backward(const Context& c, Reals d_out, Reals d, bool want_input_gradient) {
  const Arena::Scope scope(c.pass.arena);
  const LayerKept& kept = c.kept;
  const Reals dq = c.take(c.out, c.config.q_size()), dk = c.take(c.pass, c.config.kv_size()), dv = c.take(c.pass, c.config.kv_size());
  {
    const Arena::Scope inner(c.pass.arena);
    const Reals d_attention = c.take(c.out, c.config.q_size());
    c.backward(Slot::kO, kept.attention, d_out, d_attention);
    AttentionBackward op;
    op.forward = c.attention({kept.k, kept.v, c.pass.tokens});
    op.d_out = d_attention;
    op.delta = c.take(c.out, c.config.heads);
    op.dq = dq;
    op.dk = dk;
    op.dv = dv;
    c.device().attention_backward(op);
  }
  c.rotate(c.out, dq, c.config.heads, true);
  c.rotate(c.pass, dk, c.config.kv_heads, true);
  if (c.config.qk_norm) {
    c.head_norm_backward(c.out, c.layer.q_norm, c.config.heads, kept.q_raw, dq);
    c.head_norm_backward(c.pass, c.layer.k_norm, c.config.kv_heads, kept.k_raw, dk);
  }
  const Reals h = c.take(c.pass, c.config.hidden);
  c.norm(c.pass, c.layer.attention_norm, kept.x, h);
  const Reals d_h = want_input_gradient ? c.take(c.pass, c.config.hidden) : Reals{};
  query_backward(c, h, dq, d_h);
  c.backward(Slot::kK, h, dk, d_h, true);
  c.backward(Slot::kV, h, dv, d_h, true);
  if (!want_input_gradient) return;
  if (c.out.rows) c.spread(d_out, d);
  c.norm_backward(c.pass, c.layer.attention_norm, kept.x, d_h, d);
}

}  // namespace

LayerKept take_layer_kept(const Pass& pass, const Pass& out, const ModelConfig& config, const Layer& layer, bool keep_log_sum_exp) {
  Arena& arena = pass.arena;
  LayerKept kept;
  kept.q = arena.reals(out.tokens * config.q_size());
  kept.k = arena.reals(pass.tokens * config.kv_size());
  kept.v = arena.reals(pass.tokens * config.kv_size());
  if (config.qk_norm && keep_log_sum_exp) {
    kept.q_raw = arena.reals(out.tokens * config.q_size());
    kept.k_raw = arena.reals(pass.tokens * config.kv_size());
  }
  kept.attention = arena.reals(out.tokens * config.q_size());
  if (keep_log_sum_exp) kept.log_sum_exp = arena.reals(out.tokens * config.heads);
  kept.x_mid = arena.reals(out.tokens * config.hidden);
  kept.gate = arena.reals(out.tokens * config.ffn);
  kept.up = arena.reals(out.tokens * config.ffn);
  for (std::size_t s = 0; s < kSlots; ++s)
    if (layer.linear[s].pair.rank > 0) kept.u[s] = arena.reals(tokens_of(static_cast<Slot>(s), pass, out) * layer.linear[s].pair.rank);
  return kept;
}

void layer_forward(const Pass& pass, const Pass& out, const ModelConfig& config, const Layer& layer, std::int64_t index,
                   LayerKept& kept, const KeyValues& key_values, Reals x_out) {
  const Context c{pass, out, config, layer, index, kept};
  const Arena::Scope scope(pass.arena);
  const Reals h = c.take(pass, config.hidden);
  c.norm(pass, layer.attention_norm, kept.x, h);
  const Reals own = c.own_rows(h);
  // Without a backward the norms of q and k work in place.
  const Reals q_raw = kept.q_raw ? kept.q_raw : kept.q, k_raw = kept.k_raw ? kept.k_raw : kept.k;
  c.forward(Slot::kQ, own, q_raw);
  c.forward(Slot::kK, h, k_raw);
  c.forward(Slot::kV, h, kept.v);
  if (config.qk_norm) {
    c.head_norm(out, layer.q_norm, config.heads, q_raw, kept.q);
    c.head_norm(pass, layer.k_norm, config.kv_heads, k_raw, kept.k);
  }
  c.rotate(out, kept.q, config.heads, false);
  c.rotate(pass, kept.k, config.kv_heads, false);
  c.device().attention_forward(c.attention(key_values));

  if (out.rows) c.pick(kept.x, kept.x_mid);
  else c.device().copy(kept.x, kept.x_mid);
  c.forward(Slot::kO, kept.attention, kept.x_mid, true);
  c.norm(out, layer.mlp_norm, kept.x_mid, own);
  c.forward(Slot::kGate, own, kept.gate);
  c.forward(Slot::kUp, own, kept.up);
  const Reals act = c.take(out, config.ffn);
  c.device().swiglu_forward({act.count, kept.gate, kept.up, act});
  c.device().copy(kept.x_mid, x_out);
  c.forward(Slot::kDown, act, x_out, true);
}

void layer_backward(const Pass& pass, const Pass& out, const ModelConfig& config, const Layer& layer, std::int64_t index,
                    LayerKept& kept, Reals d_out, Reals d, bool want_input_gradient) {
  const Context c{pass, out, config, layer, index, kept};
  mlp_backward(c, d_out);
  attention_backward(c, d_out, d, want_input_gradient);
}

}  // namespace lab
