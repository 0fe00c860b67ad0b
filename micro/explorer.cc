#include "explorer.h"

#include <cstring>
#include <initializer_list>

#include "random.h"
#include "strict.h"

namespace microlora {
namespace {

constexpr float kFirstSize = 1e-3f;  // of the input's size: grows quickly where it proves harmless
constexpr float kLargestSize = 1.0f;
constexpr float kGrow = 1.3f, kShrink = 0.7f;
constexpr float kLongestStep = 1.5f;    // in units of the direction tried
constexpr float kShareOfA = 0.3f;       // A moves an output by at most this part of what B does
constexpr std::uint32_t kPatience = 3;  // a trial ends after this many scores for each input

/// Two inputs with the same fingerprint are taken for the same input.
std::uint32_t fingerprint(const float* x, std::size_t n) {
  // Two at a time, each step two additions deep: a product would be waited for.
  U8 hash{}, other{};
  const auto add = [x](U8& h, std::size_t i) {
    h = (h ^ reinterpret_cast<U8>(load<F8>(x + i))) + (h << 5);
  };
  for (std::size_t i = 0; i < n; i += 2 * kLanes) {
    add(hash, i);
    add(other, i + kLanes);
  }
  hash = hash * 31 + other;
  std::uint64_t mixed = n;
  for (std::size_t i = 0; i < kLanes; ++i) mixed = mixed * 0x9e3779b97f4a7c15u + hash[i];
  return static_cast<std::uint32_t>(mix(mixed) >> 32);
}

float usable(float v) { return finite(v) ? v : 0.0f; }

float between(float low, float v, float high) { return v < low ? low : v > high ? high : v; }

/// Variance of a mean over n values.
float variance_of_mean(float sum, float squares, std::uint32_t n) {
  if (n < 2) return 0;
  const float count = static_cast<float>(n), mean = sum / count, v = squares / count - mean * mean;
  return v > 0 ? v / (count - 1) : 0;
}

/// A sum over inputs; where not all inputs took part, its mean is uncertain.
struct Tally {
  float sum = 0, squares = 0;
  std::uint32_t count = 0;
  void add(float v) {
    sum += v;
    squares += v * v;
    ++count;
  }
  float mean() const { return count ? sum / static_cast<float>(count) : 0; }
  float doubt(std::uint32_t inputs) const {
    const float missing = 1 - static_cast<float>(count) / static_cast<float>(inputs);
    return missing > 0 ? variance_of_mean(sum, squares, count) * missing : 0;
  }
};

}  // namespace

void Explorer::lay_out(Arena& arena, const Adapter& adapter) {
  x_sum_ = arena.take(adapter.in_stride);
  last_x_ = arena.take(adapter.in_stride);
  d_ = arena.take(adapter.out_stride);
}

void Explorer::reset(const Adapter& adapter) {
  state = {};
  std::memset(low_, 0, sizeof low_);
  clear(last_x_, adapter.in_stride);
  clear(x_sum_, adapter.in_stride);
  clear(d_, adapter.out_stride);
  clock_ = drawn_ = 0;
  restart();
}

void Explorer::restart() {
  forget_scores();
  used_ = in_trial_ = covered_ = 0;
  pending_ = stepped_ = false;
}

Explorer::Slot& Explorer::slot_of(std::uint32_t key) {
  std::uint32_t oldest = 0;
  for (std::uint32_t i = 0; i < used_; ++i) {
    if (slots_[i].key == key) return slots_[i];
    if (slots_[i].seen < slots_[oldest].seen) oldest = i;
  }
  Slot& slot = slots_[used_ < kSlots ? used_++ : oldest];
  slot = {key, 0, -1, {}};
  return slot;
}

std::uint32_t Explorer::inputs_seen_lately() const {
  std::uint32_t n = 0;
  for (std::uint32_t i = 0; i < used_; ++i) n += clock_ - slots_[i].seen < 8 * kSlots;
  return n ? n : 1;
}

Status Explorer::observe(const Adapter& adapter, const float* x, float quality, float weight) {
  float low[kMaxRank], energy = 0, along = 0;
  const float squares = dot_rows(x, adapter.a, adapter.in_stride, adapter.rows, low);
  for (std::uint32_t k = 0; k < adapter.rows; ++k) {
    energy += low[k] * low[k];
    along += low[k] * state.direction[k];
  }
  if (!finite(energy * 0.0f + squares * 0.0f + quality + weight)) return Status::kNotFinite;
  const float rms = __builtin_sqrtf(squares / static_cast<float>(adapter.shape.in));
  state.rms = state.rms == 0 ? rms : 0.9f * state.rms + 0.1f * rms;
  state.energy = state.energy == 0 ? energy : 0.9f * state.energy + 0.1f * energy;
  for (std::uint32_t k = 0; k < adapter.rows; ++k) low_[k] = low[k];

  const std::uint32_t phase = state.phase;
  Slot& slot = slot_of(fingerprint(x, adapter.in_stride));
  slot.seen = ++clock_;
  covered_ += slot.scores.count[phase] == 0;
  for (Scores* scores : {&slot.scores, &all_}) {
    scores->total[phase] += quality;
    ++scores->count[phase];
  }
  squares_[phase] += quality * quality;
  weight_ += weight;
  ++in_trial_;
  pending_ = true;

  if (phase != kCentre && along != 0) {
    const Scores& scores = slot.scores.count[kCentre] ? slot.scores : all_;
    const float better = scores.count[kCentre] ? quality - scores.mean(kCentre) : 0;
    const bool up = (phase == kPlus) == (along > 0);
    add_scaled(x_sum_, up ? better : -better, x, adapter.in_stride);
  }
  return Status::kOk;
}

void Explorer::advance(Adapter& adapter, float lr) {
  if (!pending_ || !(lr > 0) || adapter.scale == 0) return;
  pending_ = false;
  const std::uint32_t inputs = inputs_seen_lately();
  if (covered_ < inputs && in_trial_ < kPatience * inputs) return;
  if (state.phase == kCentre) {
    if (check_last_step(adapter, inputs)) start_cycle(adapter);
  } else if (state.phase == kPlus) {
    move(adapter, state.draw, state.direction, -2);
    state.phase = kMinus;
  } else {
    finish_cycle(adapter, lr, inputs);
  }
  in_trial_ = covered_ = 0;
}

/// Compares the centre's scores with those of the centre before, and takes a harmful step back; the
/// centre is then to be scored again. False if so.
bool Explorer::check_last_step(Adapter& adapter, std::uint32_t inputs) {
  Tally progress;
  for (std::uint32_t i = 0; i < used_; ++i) {
    const Slot& s = slots_[i];
    if (s.scores.count[kCentre] && s.reference >= 0)
      progress.add(s.scores.mean(kCentre) - s.reference);
  }
  const bool harmful =
      stepped_ && progress.mean() < -0.1f * kExploreCost - __builtin_sqrtf(progress.doubt(inputs));
  if (harmful) {
    move(adapter, last_draw_, last_b_, -1);
    for (float& v : last_a_) v = -v;
    add_outer(adapter.a, adapter.rows, last_a_, last_x_, adapter.in_stride);
    stepped_ = false;
  }
  state.trust = between(0.1f, state.trust * (harmful ? 0.7f : 1.05f), 1);
  for (std::uint32_t i = 0; i < used_; ++i) {
    Slot& s = slots_[i];
    if (harmful) {  // neither these scores nor those before are sure to be those of the weights
                    // served next
      s.scores = {};
      s.reference = -1;
    } else if (s.scores.count[kCentre]) {
      s.reference = s.scores.mean(kCentre);
    }
  }
  if (harmful) forget_scores();
  return !harmful;
}

void Explorer::forget_scores() {
  weight_ = 0;
  all_ = {};
  for (float& v : squares_) v = 0;
}

/// Draws a direction that moves the last input's output by `size` in every component.
void Explorer::start_cycle(Adapter& adapter) {
  if (state.size == 0) state.size = kFirstSize * state.rms;
  float energy = 0;
  for (float v : low_) energy += v * v;
  const float larger = energy > state.energy ? energy : state.energy;
  // A bad score tries the opposite side first.
  const float side = all_.mean(kCentre) < 0.5f ? -state.size : state.size;
  const float c = usable(side / (adapter.scale * __builtin_sqrtf(energy * larger)));
  for (std::uint32_t k = 0; k < kMaxRank; ++k) state.direction[k] = usable(c * low_[k]);
  ++state.draw;
  move(adapter, state.draw, state.direction, 1);
  state.phase = kPlus;
  clear(x_sum_, adapter.in_stride);
}

void Explorer::finish_cycle(Adapter& adapter, float lr, std::uint32_t inputs) {
  Tally slopes, costs;
  for (std::uint32_t i = 0; i < used_; ++i) {
    const Scores& s = slots_[i].scores;
    if (!s.count[kPlus] || !s.count[kMinus]) continue;
    slopes.add(s.slope());
    if (s.count[kCentre]) costs.add(s.cost());
  }
  float slope = slopes.mean(), cost = costs.mean(), doubt = slopes.doubt(inputs);
  if (4 * slopes.count < inputs) {  // hardly an input came again: compare the trials as wholes
    slope = all_.slope();
    cost = all_.cost();
    doubt = 0;
    for (int p : {kPlus, kMinus})
      doubt += 0.25f * variance_of_mean(all_.total[p], squares_[p], all_.count[p]);
  }
  const float scores =
      static_cast<float>(all_.count[kCentre] + all_.count[kPlus] + all_.count[kMinus]);
  const float gain = between(0, lr / 0.01f * (weight_ / scores), kLongestStep) * state.trust;
  const float sure = 1 - doubt / (slope * slope);
  const float curvature = cost > 0.25f * kExploreCost ? cost : 0.25f * kExploreCost;
  // A trial without scores makes the slope NaN, and so the step zero.
  const float step =
      sure > 0 ? between(-kLongestStep, gain * sure * slope / (2 * curvature), kLongestStep) : 0;

  for (float& v : last_a_) v = 0;
  stepped_ = step != 0;
  if (stepped_) {
    step_a(adapter, step);
    for (std::uint32_t k = 0; k < kMaxRank; ++k) last_b_[k] = step * state.direction[k];
    last_draw_ = state.draw;
  }
  move(adapter, state.draw, state.direction, 1 + step);  // back to the centre, and the step
  const float change =
      cost > 0 ? between(kShrink, __builtin_sqrtf(kExploreCost / cost), kGrow) : kGrow;
  state.size =
      between(0.1f * kFirstSize * state.rms, state.size * change, kLargestSize * state.rms);

  state.phase = kCentre;
  for (float& v : state.direction) v = 0;
  forget_scores();
  for (std::uint32_t i = 0; i < used_; ++i) slots_[i].scores = {};
}

/// Moves A along the gradient that the scores estimate: x_sum (outer) d B^T, kept small against B's
/// step.
void Explorer::step_a(Adapter& adapter, float step) {
  float along[kMaxRank], along_squares = 0, energy = 0;
  dot_rows(d_, adapter.b, adapter.out_stride, adapter.rows, along);
  for (std::uint32_t k = 0; k < adapter.rows; ++k) {
    // B stands at the third trial, one direction below the centre
    along[k] += static_cast<float>(adapter.shape.out) * state.direction[k];
    along_squares += along[k] * along[k];
    energy += low_[k] * low_[k];
  }
  const float length = __builtin_sqrtf(dot(x_sum_, x_sum_, adapter.in_stride));
  const float x_length = __builtin_sqrtf(static_cast<float>(adapter.shape.in)) * state.rms;
  const float moved = state.size * __builtin_fabsf(step);
  const float natural = moved * x_length / (energy > state.energy ? energy : state.energy);
  const float bounded =
      kShareOfA * moved * static_cast<float>(adapter.shape.out) / (x_length * along_squares);
  const float c = usable((natural < bounded ? natural : bounded) / (adapter.scale * length));
  for (std::uint32_t k = 0; k < adapter.rows; ++k) last_a_[k] = usable(c * along[k]);
  copy(last_x_, x_sum_, adapter.in_stride);
  add_outer(adapter.a, adapter.rows, last_a_, last_x_, adapter.in_stride);
}

/// B row k += factor * direction[k] * d, where d is the direction `draw`: 1 or -1 in each
/// component.
void Explorer::move(Adapter& adapter, std::uint32_t draw, const float* direction, float factor) {
  if (draw != drawn_) {
    drawn_ = draw;
    const Random random(adapter.seed, 1 + draw);
    std::uint64_t bits = 0;
    for (std::uint32_t i = 0; i < adapter.out_stride; i += 4, bits >>= 4) {
      if (i % 64 == 0) bits = random.bits(i);
      const U4 lane = {1, 2, 4, 8},
               set =
                   reinterpret_cast<U4>(((U4{} + static_cast<std::uint32_t>(bits)) & lane) == lane);
      store(d_ + i, reinterpret_cast<F4>((set & 0x80000000u) | 0x3f800000u));
    }
    clear(d_ + adapter.shape.out, adapter.out_stride - adapter.shape.out);
  }
  float c[kMaxRank];
  for (std::uint32_t k = 0; k < kMaxRank; ++k) c[k] = factor * direction[k];
  add_outer(adapter.b, adapter.rows, c, d_, adapter.out_stride);
}

bool ExplorerState::valid() const {
  bool good = phase < 3 && finite(size) && size >= 0 && trust > 0 && trust <= 1 && finite(rms) &&
              rms >= 0 && finite(energy) && energy >= 0;
  for (float v : direction) good = good && finite(v);
  return good;
}

}  // namespace microlora
