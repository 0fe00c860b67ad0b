#include "feedback.h"

#include "strict.h"

namespace microlora {

bool FeedbackConfig::valid() const { return shape.valid() && finite(alpha); }

void FeedbackAdapter::lay_out(Arena& arena, const FeedbackConfig& config) {
  const Shape& s = config.shape;
  Adapter::lay_out(
      arena, {s, config.alpha / static_cast<float>(s.rank), default_bound(s.in), config.seed});
  gradient.lay_out(arena, *this);
  explorer.lay_out(arena, *this);
  x = arena.take(in_stride);
  y = arena.take(out_stride);
}

void FeedbackAdapter::reset() {
  Adapter::reset();
  gradient.clear(*this);
  explorer.reset(*this);
  clear(x, in_stride);
  clear(y, out_stride);
  counts = {};
}

Status FeedbackAdapter::feed(const float* input, float quality, float weight) {
  if (Status s = explorer.observe(*this, input, quality, weight); s != Status::kOk) return s;
  ++counts.scores;
  ++counts.samples_seen;
  counts.quality_sum += quality;
  return Status::kOk;
}

Status FeedbackAdapter::feed(const float* input, float quality, const float* g, float weight,
                             float clip) {
  if (!finite(quality)) return Status::kNotFinite;
  if (Status s = gradient.accumulate(*this, input, g, weight, clip); s != Status::kOk) return s;
  ++counts.samples_seen;
  counts.quality_sum += quality;
  return Status::kOk;
}

void FeedbackAdapter::apply_updates(float lr) {
  gradient.apply(*this, lr);
  explorer.advance(*this, lr);
  counts.scores = 0;
}

}  // namespace microlora
