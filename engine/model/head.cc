#include "model/head.h"

#include <algorithm>

#include "model/linear.h"

namespace lab {
namespace {

constexpr std::uint32_t kHeadStream = 0xFFFF0000;  // beyond every layer's

void norm(const Pass& pass, const Model& model, std::int64_t rows, Reals x, Reals y) {
  pass.device.rms_norm_forward({rows, model.config.hidden, model.config.rms_epsilon, x, model.final_norm.weight, y});
}

Reals take_u(const Pass& pass, const Model& model, std::int64_t rows) {
  return model.head.pair.rank > 0 ? pass.arena.reals(rows * model.head.pair.rank) : Reals{};
}

void chunk(const Pass& pass, const Model& model, const HeadLoss& args, std::int64_t first, std::int64_t count) {
  const Arena::Scope scope(pass.arena);
  const std::int64_t hidden = model.config.hidden, vocab = model.config.vocab;
  const Ints rows = args.rows ? args.rows.slice(first, count) : Ints{};
  const Reals x = rows ? pass.arena.reals(count * hidden) : args.x.slice(first * hidden, count * hidden), h = pass.arena.reals(count * hidden);
  const Reals logits = pass.arena.reals(count * vocab), u = take_u(pass, model, count);
  // Gathering rows is embedding look-up with row numbers for ids; scattering them back its backward.
  if (rows) pass.device.embed_forward({count, rows, pass.device.as_weight(args.x, pass.tokens, hidden), x});
  norm(pass, model, count, x, h);
  linear_forward(pass, model.head, kHeadStream, count, h, u, logits, false);
  pass.device.cross_entropy({count, vocab, logits, args.targets.slice(first, count),
                             args.losses.slice(first, count), static_cast<bool>(args.d), args.gradient_scale});
  if (!args.d) return;
  const Reals d_h = pass.arena.reals(count * hidden);
  linear_backward(pass, model.head, kHeadStream, count, h, u, logits, d_h, false);
  const Reals d = rows ? d_h : args.d.slice(first * hidden, count * hidden);
  pass.device.rms_norm_backward({count, hidden, model.config.rms_epsilon, x, model.final_norm.weight, d_h, d,
                                 model.final_norm.d_weight, false});
  if (rows) pass.device.embed_backward({count, hidden, rows, d_h, args.d});
}

}  // namespace

std::int64_t head_chunk_rows(const ModelConfig& config) {
  return std::clamp<std::int64_t>((std::int64_t{8} << 20) / config.vocab / 16 * 16, 16, 256);
}

void head_loss(const Pass& pass, const Model& model, const HeadLoss& args) {
  if (args.d && args.rows) pass.device.fill(args.d, 0);
  const std::int64_t step = head_chunk_rows(model.config);
  for (std::int64_t first = 0; first < args.count; first += step)
    chunk(pass, model, args, first, std::min(step, args.count - first));
}

void head_logits(const Pass& pass, const Model& model, Reals x, std::int64_t first, std::int64_t count, Reals logits) {
  const Arena::Scope scope(pass.arena);
  const std::int64_t hidden = model.config.hidden;
  const Reals h = pass.arena.reals(count * hidden);
  norm(pass, model, count, x.slice(first * hidden, count * hidden), h);
  linear_forward(pass, model.head, kHeadStream, count, h, take_u(pass, model, count), logits, false);
}

}  // namespace lab
