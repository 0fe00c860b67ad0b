#include "model/transformer.h"

namespace lab {
namespace {

void embed(const Pass& pass, const Model& model, Reals x) {
  pass.device.embed_forward({pass.tokens, pass.ids, model.embedding, x});
  const Pair& pair = model.embedding_pair;
  if (pair.rank > 0)
    pass.device.embed_pair_forward({pass.tokens, model.config.hidden, model.config.vocab, pair.rank, pair.scale,
                                    pass.ids, pair.a, pair.b, x});
}

void embed_backward(const Pass& pass, const Model& model, Reals d) {
  if (model.d_embedding)
    pass.device.embed_backward({pass.tokens, model.config.hidden, pass.ids, d, model.d_embedding});
  const Pair& pair = model.embedding_pair;
  if (pair.d_a)
    pass.device.embed_pair_backward({pass.tokens, model.config.hidden, model.config.vocab, pair.rank, pair.scale,
                                     pass.ids, pair.a, pair.b, d, pair.d_a, pair.d_b});
}

/// The last token of a pass alone.
Pass last_token(const Pass& pass) {
  const std::int64_t last = pass.tokens - 1;
  const auto row = static_cast<std::int32_t>(last);
  Pass one = pass;
  one.tokens = 1;
  one.rows = pass.arena.ints(1);
  pass.device.write(one.rows, &row);
  for (Ints Pass::* list : {&Pass::ids, &Pass::positions, &Pass::key_begin, &Pass::key_end}) one.*list = (pass.*list).slice(last, 1);
  if (pass.window_begin) one.window_begin = pass.window_begin.slice(last, 1);
  return one;
}

/// A forward whose activations nobody needs again: x_out becomes the layer's output, which may be x.
void run_layer(const Pass& pass, const Pass& out, const Model& model, std::int64_t index, Reals x, Reals x_out) {
  const Arena::Scope scope(pass.arena);
  const Layer& layer = model.layers[static_cast<std::size_t>(index)];
  LayerKept kept = take_layer_kept(pass, out, model.config, layer, false);
  kept.x = x;
  layer_forward(pass, out, model.config, layer, index, kept, {kept.k, kept.v, pass.tokens}, x_out);
}

}  // namespace

void loss_pass(const Pass& pass, const Model& model, const LossPass& args) {
  const Arena::Scope scope(pass.arena);
  const ModelConfig& config = model.config;
  const std::int64_t size = pass.tokens * config.hidden;
  const std::int64_t first =
      !args.gradient ? config.layers : args.observer ? 0 : model.first_trained_layer();

  Reals x = pass.arena.reals(size);
  const std::int64_t frozen = args.frozen && !args.observer ? model.first_trained_layer() : 0;
  const std::int64_t begin = frozen > 0 && args.frozen->recall(x) ? frozen : 0;
  const bool new_to_it = begin < frozen;
  // What is remembered is of all tokens.
  const Pass* some = args.observer || frozen == config.layers ? nullptr : args.loss_tokens;
  const auto out_of = [&](std::int64_t i) -> const Pass& { return some && i + 1 == config.layers ? *some : pass; };
  if (begin == 0) embed(pass, model, x);
  for (std::int64_t i = begin; i < config.layers; ++i) {
    if (args.observer) args.observer->hidden(i, x);
    if (new_to_it && i == frozen) args.frozen->remember(x);
    const Pass& out = out_of(i);
    if (i < first && !out.rows) {
      run_layer(pass, out, model, i, x, x);
      continue;
    }
    const Reals x_out = pass.arena.reals(out.tokens * config.hidden);
    if (i < first || args.recompute == Recompute::kLayers) {
      if (i >= first) (*args.kept)[static_cast<std::size_t>(i)].x = x;
      run_layer(pass, out, model, i, x, x_out);
    } else {
      const Layer& layer = model.layers[static_cast<std::size_t>(i)];
      LayerKept& kept = (*args.kept)[static_cast<std::size_t>(i)];
      kept = take_layer_kept(pass, out, config, layer, true);
      kept.x = x;
      layer_forward(pass, out, config, layer, i, kept, {kept.k, kept.v, pass.tokens}, x_out);
    }
    x = x_out;
  }
  if (args.observer) args.observer->hidden(config.layers, x);
  if (new_to_it && frozen == config.layers) args.frozen->remember(x);

  HeadLoss head{x, args.loss_count, some ? Ints{} : args.loss_rows, args.loss_targets, args.losses, args.gradient_scale, {}};
  if (args.gradient) head.d = pass.arena.reals(x.count);
  head_loss(pass, model, head);
  if (!args.gradient) return;

  const bool to_embedding = args.observer || model.embedding_trained();
  Reals d = head.d;
  for (std::int64_t i = config.layers - 1; i >= first; --i) {
    if (args.observer) args.observer->hidden_gradient(i + 1, d);
    const Pass& out = out_of(i);
    const Reals d_out = d;
    if (out.rows) d = pass.arena.reals(size);
    const Arena::Scope inner(pass.arena);
    const Layer& layer = model.layers[static_cast<std::size_t>(i)];
    LayerKept kept = (*args.kept)[static_cast<std::size_t>(i)];
    if (args.recompute == Recompute::kLayers) {
      const Reals input = kept.x;
      kept = take_layer_kept(pass, out, config, layer, true);
      kept.x = input;
      const Arena::Scope output(pass.arena);
      layer_forward(pass, out, config, layer, i, kept, {kept.k, kept.v, pass.tokens}, pass.arena.reals(out.tokens * config.hidden));
    }
    layer_backward(pass, out, config, layer, i, kept, d_out, d, i > first || to_embedding);
  }
  if (args.observer) args.observer->hidden_gradient(0, d);
  if (to_embedding) embed_backward(pass, model, d);
}

std::uint64_t kv_cache_bytes(const ModelConfig& config, std::int64_t capacity, std::uint32_t real_bytes) {
  const auto one = (static_cast<std::uint64_t>(capacity * config.kv_size()) * real_bytes + 63) & ~std::uint64_t{63};
  return one * 2 * static_cast<std::uint64_t>(config.layers);
}

KvCache take_kv_cache(Arena& arena, const ModelConfig& config, std::int64_t capacity) {
  KvCache cache;
  cache.capacity = capacity;
  for (std::int64_t i = 0; i < config.layers; ++i) {
    cache.k.push_back(arena.reals(capacity * config.kv_size()));
    cache.v.push_back(arena.reals(capacity * config.kv_size()));
  }
  return cache;
}

void decode_pass(const Pass& pass, const Model& model, KvCache& cache, Reals logits) {
  const Arena::Scope scope(pass.arena);
  const ModelConfig& config = model.config;
  const Reals x = pass.arena.reals(pass.tokens * config.hidden);
  embed(pass, model, x);
  const std::int64_t keys = cache.length + pass.tokens;
  const Pass last = pass.tokens > 1 ? last_token(pass) : pass;
  const Reals x_last = last.rows ? pass.arena.reals(config.hidden) : x;
  for (std::int64_t i = 0; i < config.layers; ++i) {
    const Arena::Scope inner(pass.arena);
    const Layer& layer = model.layers[static_cast<std::size_t>(i)];
    const std::size_t at = static_cast<std::size_t>(i);
    const bool top = i + 1 == config.layers;
    const Pass& out = top ? last : pass;
    LayerKept kept = take_layer_kept(pass, out, config, layer, false);
    kept.x = x;
    kept.k = cache.k[at].slice(cache.length * config.kv_size(), pass.tokens * config.kv_size());
    kept.v = cache.v[at].slice(cache.length * config.kv_size(), pass.tokens * config.kv_size());
    const KeyValues seen{cache.k[at].slice(0, keys * config.kv_size()), cache.v[at].slice(0, keys * config.kv_size()), keys};
    layer_forward(pass, out, config, layer, i, kept, seen, top ? x_last : x);
  }
  cache.length = keys;
  if (logits) head_logits(pass, model, x_last, 0, 1, logits);
}

}  // namespace lab
