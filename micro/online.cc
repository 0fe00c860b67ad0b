#include "online.h"

#include "strict.h"

namespace microlora {

bool OnlineConfig::valid() const {
  return Shape{dim, dim, rank}.valid() && finite(alpha) && finite(learning_rate) &&
         learning_rate >= 0 && clip > 0 && (operators == 1 || operators == kOperators);
}

void OnlineAdapter::lay_out(Arena& arena, const OnlineConfig& wanted) {
  config = wanted;
  Adapter::lay_out(arena, {{wanted.dim, wanted.dim, wanted.rank},
                           wanted.alpha,
                           default_bound(wanted.dim),
                           wanted.seed});
  explorer_.lay_out(arena, *this);
}

void OnlineAdapter::reset() {
  Adapter::reset();
  explorer_.reset(*this);
  adaptations = 0;
}

Status OnlineAdapter::learn(const float* input, const float* g) {
  const float lr = config.ascend ? -config.learning_rate : config.learning_rate;
  bool moved = false;
  const Status s = descend(*this, input, g, lr, config.clip, moved);
  adaptations += moved;
  return s;
}

Status OnlineAdapter::reward(const float* input, float improvement) {
  const float quality = 0.5f + 0.5f * (improvement / (1 + __builtin_fabsf(improvement)));
  if (Status s = explorer_.observe(*this, input, quality); s != Status::kOk) return s;
  explorer_.advance(*this, config.learning_rate);
  ++adaptations;
  return Status::kOk;
}

}  // namespace microlora
