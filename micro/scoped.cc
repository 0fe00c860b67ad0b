#include "scoped.h"

#include "strict.h"

namespace microlora {
namespace {

constexpr float kEnough = 10;  // adaptations after which an operator stands on its own

}  // namespace

void ScopedLora::lay_out(Arena& arena, const OnlineConfig& config) {
  operators = config.operators;
  const std::uint32_t adapters = operators == 1 ? 1 : 2 * operators;
  own = reinterpret_cast<OnlineAdapter*>(
      arena.take(adapters * sizeof(OnlineAdapter) / sizeof(float)));
  taught = operators == 1 ? nullptr : own + operators;
  OnlineAdapter plan;  // to count, while there is no memory
  for (std::uint32_t i = 0; i < adapters; ++i) {
    OnlineConfig seeded = config;
    seeded.seed += i;
    (own ? own[i] : plan).lay_out(arena, seeded);
  }
  for (std::uint32_t op = 0; op < operators; ++op) last_[op] = arena.take(config.dim);
  next_ = arena.take(config.dim);
  x = arena.take(config.dim);
  y = arena.take(config.dim);
}

void ScopedLora::reset() {
  fallback = taught != nullptr;
  for (std::uint32_t op = 0; op < operators; ++op) reset_scope(op);
  clear(next_, own->in_stride);
  clear(x, own->in_stride);
  clear(y, own->in_stride);
}

void ScopedLora::reset_scope(std::uint32_t op) {
  own[op].reset();
  if (taught) taught[op].reset();
  forwards[op] = 0;
  clear(last_[op], own->in_stride);
  for (std::uint32_t i = 0; i < own->shape.in; ++i) last_[op][i] = 1;
}

Status ScopedLora::forward(std::uint32_t op, const float* in, float* out) {
  const float adaptations = static_cast<float>(own[op].adaptations);
  const float share = fallback && adaptations < kEnough ? adaptations / kEnough : 1;
  if (!microlora::forward(own[op], share, in, out, Into::kResidual, next_))
    return Status::kNotFinite;
  for (std::uint32_t relative = 0; share < 1 && relative < kOperators; ++relative) {
    if (kCategory[relative] != kCategory[op] || !taught[relative].adaptations) continue;
    if (!microlora::forward(taught[relative], 1 - share, in, out, Into::kAdd))
      return Status::kNotFinite;
  }
  std::swap(last_[op], next_);
  ++forwards[op];
  return Status::kOk;
}

Status ScopedLora::adapt(std::uint32_t op, const float* g) {
  const Status s = own[op].learn(last_[op], g);
  return s == Status::kOk && taught ? taught[op].learn(last_[op], g) : s;
}

Status ScopedLora::adapt_with_reward(std::uint32_t op, float improvement) {
  const Status s = own[op].reward(last_[op], improvement);
  return s == Status::kOk && taught ? taught[op].reward(last_[op], improvement) : s;
}

}  // namespace microlora
