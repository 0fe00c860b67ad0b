#include "infer/sampler.h"

#include <algorithm>
#include <cmath>

#include "base/rng.h"

namespace lab {

void Sampler::penalise(std::span<const std::int32_t> history) {
  if (options_.repetition_penalty == 1) return;
  const auto window = static_cast<std::size_t>(std::max<std::int64_t>(0, options_.repetition_window));
  if (history.size() > window) history = history.last(window);
  for (std::size_t i = 0; i < history.size(); ++i) {
    const auto seen_before = history.first(i);
    if (std::find(seen_before.begin(), seen_before.end(), history[i]) != seen_before.end()) continue;
    const auto id = static_cast<std::size_t>(history[i]);
    if (id >= candidates_.size()) continue;
    float& logit = candidates_[id].logit;
    const auto penalty = static_cast<float>(options_.repetition_penalty);
    logit = logit > 0 ? logit / penalty : logit * penalty;
  }
}

void Sampler::keep_top_k() {
  const auto more_likely = [](const Candidate& a, const Candidate& b) {
    return a.logit > b.logit || (a.logit == b.logit && a.id < b.id);
  };
  std::size_t k = candidates_.size();
  if (options_.top_k > 0) k = std::min(k, static_cast<std::size_t>(options_.top_k));
  // Sorting a whole vocabulary takes longer than a small model's token: only where order matters.
  if (k == candidates_.size() && !order_matters()) return;
  std::partial_sort(candidates_.begin(), candidates_.begin() + static_cast<std::ptrdiff_t>(k), candidates_.end(), more_likely);
  candidates_.resize(k);
}

/// Top-p and min-p on the probabilities at temperature 1, then the temperature.
void Sampler::keep_likely() {
  float best = candidates_.front().logit;
  for (const Candidate& c : candidates_) best = std::max(best, c.logit);
  double total = 0;
  for (Candidate& c : candidates_) total += c.probability = std::exp(static_cast<double>(c.logit - best));
  if (order_matters()) {
    std::size_t keep = 0;
    for (double sum = 0; keep < candidates_.size(); ++keep) {
      if (keep > 0 && (sum >= options_.top_p * total || candidates_[keep].probability < options_.min_p)) break;
      sum += candidates_[keep].probability;
    }
    candidates_.resize(keep);
  }
  for (Candidate& c : candidates_) c.probability = std::exp(static_cast<double>(c.logit - best) / options_.temperature);
}

std::int32_t Sampler::pick(std::span<const float> logits, std::span<const std::int32_t> history) {
  candidates_.resize(logits.size());
  for (std::size_t i = 0; i < logits.size(); ++i) candidates_[i] = {logits[i], static_cast<std::int32_t>(i), 0};
  penalise(history);
  if (options_.temperature <= 0)
    return std::max_element(candidates_.begin(), candidates_.end(),
                            [](const Candidate& a, const Candidate& b) { return a.logit < b.logit; })->id;
  keep_top_k();
  keep_likely();
  double total = 0;
  for (const Candidate& c : candidates_) total += c.probability;
  double left = Philox(options_.seed, Stream::kSample).uniform(drawn_++) * total;
  for (const Candidate& c : candidates_)
    if ((left -= c.probability) < 0) return c.id;
  return candidates_.back().id;
}

}  // namespace lab
