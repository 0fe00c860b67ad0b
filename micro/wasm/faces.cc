// The exports of the three faces: feed_ (S0), scoped_ (S1), fit_ (S2).
//
// Vectors go through the buffers of the handle or through the stages, padded with zeros. A function
// that can refuse returns a Status.
#include "feedback.h"
#include "handle.h"
#include "scoped.h"
#include "trainer.h"

namespace microlora {

// found from make<ScopedLora> by the argument's namespace
static Adapter* adapter_in(ScopedLora& core) { return core.own; }

}  // namespace microlora

namespace microlora::wasm {

using Feed = Object<FeedbackAdapter>;
using Fit = Object<Trainer>;
using Scoped = Object<ScopedLora>;

MICROLORA_EXPORT(feed_new)
Feed* feed_new(std::uint32_t in, std::uint32_t out, std::uint32_t rank, float alpha, double seed) {
  return make<FeedbackAdapter>(
      FeedbackConfig{{in, out, rank}, alpha, static_cast<std::uint64_t>(seed)});
}
MICROLORA_EXPORT(feed_forward) int feed_forward(Feed* f) {
  return static_cast<int>(f->core.forward(f->head.x, f->head.y, Into::kReplace));
}
MICROLORA_EXPORT(feed_adapt) int feed_adapt(Feed* f, float quality, float weight) {
  return static_cast<int>(f->core.feed(f->head.x, quality, weight));
}
/// The gradient lies in stage 1.
MICROLORA_EXPORT(feed_gradient)
int feed_gradient(Feed* f, float quality, float weight, float clip) {
  return static_cast<int>(f->core.feed(f->head.x, quality, stage_y, weight, clip));
}
MICROLORA_EXPORT(feed_update) void feed_update(Feed* f, float lr) { f->core.apply_updates(lr); }
MICROLORA_EXPORT(feed_reset) void feed_reset(Feed* f) { f->core.reset(); }
/// The counts; behind them the gradient and the explorer's state.
MICROLORA_EXPORT(feed_state) void* feed_state(Feed* f) { return &f->core.counts; }
MICROLORA_EXPORT(feed_restart) void feed_restart(Feed* f) { f->core.explorer.restart(); }

MICROLORA_EXPORT(fit_new)
Fit* fit_new(std::uint32_t in, std::uint32_t out, std::uint32_t rank, float alpha, float lr,
             float dropout, float init_scale, std::uint32_t adam, std::uint32_t has_base,
             double seed) {
  return make<Trainer>(TrainerConfig{{in, out, rank},
                                     alpha,
                                     lr,
                                     dropout,
                                     init_scale,
                                     adam,
                                     has_base,
                                     static_cast<std::uint64_t>(seed)});
}
MICROLORA_EXPORT(fit_predict) int fit_predict(Fit* f) {
  return static_cast<int>(f->core.predict(f->head.x, f->head.y));
}
MICROLORA_EXPORT(fit_step) float fit_step(Fit* f) { return f->core.step(); }
MICROLORA_EXPORT(fit_forget) void fit_forget(Fit* f) { f->core.forget(); }
MICROLORA_EXPORT(fit_reset) void fit_reset(Fit* f) { f->core.reset(); }
/// The configuration; behind it the two counters, the moments and W0.
MICROLORA_EXPORT(fit_state) void* fit_state(Fit* f) { return &f->core.config; }

MICROLORA_EXPORT(scoped_new)
Scoped* scoped_new(std::uint32_t dim, float alpha, float lr, float clip, std::uint32_t ascend,
                   std::uint32_t operators, double seed) {
  return make<ScopedLora>(
      OnlineConfig{dim, 2, alpha, lr, clip, ascend, operators, static_cast<std::uint64_t>(seed)});
}
MICROLORA_EXPORT(scoped_forward) int scoped_forward(Scoped* s, std::uint32_t op) {
  return static_cast<int>(s->core.forward(op, s->head.x, s->head.y));
}
MICROLORA_EXPORT(scoped_adapt) int scoped_adapt(Scoped* s, std::uint32_t op, const float* g) {
  return static_cast<int>(s->core.adapt(op, g));
}
MICROLORA_EXPORT(scoped_reward) int scoped_reward(Scoped* s, std::uint32_t op, float r) {
  return static_cast<int>(s->core.adapt_with_reward(op, r));
}
/// One operator, or all from 17 on.
MICROLORA_EXPORT(scoped_reset) void scoped_reset(Scoped* s, std::uint32_t op) {
  if (op < kOperators)
    s->core.reset_scope(op);
  else
    s->core.reset();
}
MICROLORA_EXPORT(scoped_fallback) void scoped_fallback(Scoped* s, std::uint32_t on) {
  s->core.fallback = on;
}
MICROLORA_EXPORT(scoped_count)
std::uint32_t scoped_count(const Scoped* s, std::uint32_t op, int adaptations) {
  return adaptations ? s->core.own[op].adaptations : s->core.forwards[op];
}
MICROLORA_EXPORT(scoped_adapter) Adapter* scoped_adapter(Scoped* s, std::uint32_t op, int taught) {
  return taught ? &s->core.taught[op] : &s->core.own[op];
}

/// One of the row functions on `count` rows of the stages, as many as were good: fewer than `count`
/// says that the next one is not finite.
MICROLORA_EXPORT(core_rows) std::uint32_t rows(void* object, int function, std::uint32_t count) {
  const Adapter& adapter = *static_cast<Handle*>(object)->adapter;
  for (std::uint32_t i = 0; i < count; ++i) {
    float* x = stage_x + i * adapter.in_stride;
    float* y = stage_y + i * adapter.out_stride;
    Status s;
    switch (function) {
      case 0:
        s = static_cast<Feed*>(object)->core.forward(x, y, Into::kReplace);
        break;
      case 1:
        s = static_cast<Fit*>(object)->core.predict(x, y);
        break;
      case 2:
        s = static_cast<Fit*>(object)->core.gather(x, y);
        break;
      case 3:
        s = static_cast<Scoped*>(object)->core.forward(0, x, y);
        break;
      default:
        s = static_cast<Scoped*>(object)->core.own->learn(x, y);
        break;
    }
    if (s != Status::kOk) return i;
  }
  return count;
}

}  // namespace microlora::wasm
