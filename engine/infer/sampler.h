// Sampler: picks the next token from logits.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace lab {

struct SamplerOptions {
  double temperature = 0;            ///< 0: greedy, the other options but the penalty do not matter
  std::int64_t top_k = 0;            ///< keep the k most likely; 0: all
  double top_p = 1;                  ///< keep the smallest set with this much probability
  double min_p = 0;                  ///< drop what is less likely than min_p times the best
  double repetition_penalty = 1;     ///< divides positive and multiplies negative logits of seen tokens
  std::int64_t repetition_window = 64;  ///< how many of the last tokens count as seen
  std::uint64_t seed = 0;
};

/// Keeps scratch of the vocabulary's size. The same seed, logits and history give the same tokens.
class Sampler {
 public:
  explicit Sampler(const SamplerOptions& options) : options_(options) {}

  /// `history`: the tokens so far. The smallest id wins ties. The order of the filters is that of
  /// llama.cpp: penalty, top-k, top-p, min-p, temperature.
  std::int32_t pick(std::span<const float> logits, std::span<const std::int32_t> history);

 private:
  struct Candidate { float logit; std::int32_t id; double probability; };
  void penalise(std::span<const std::int32_t> history);
  bool order_matters() const { return options_.top_p < 1 || options_.min_p > 0; }
  void keep_top_k();
  void keep_likely();

  SamplerOptions options_;
  std::uint64_t drawn_ = 0;
  std::vector<Candidate> candidates_;
};

}  // namespace lab
