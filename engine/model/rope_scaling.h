// Rotary position angles: base frequencies and the published ways to stretch them.
#pragma once

#include <cstdint>
#include <vector>

namespace lab {

enum class RopeKind : std::uint8_t { kDefault, kLinear, kDynamic, kYarn, kLlama3 };

/// Parameters with the names and defaults of transformers' modeling_rope_utils.
struct RopeScaling {
  RopeKind kind = RopeKind::kDefault;
  std::int64_t rotary = 0;           ///< dimensions of a head that rotate
  double theta = 10000.0;
  double factor = 1.0;
  std::int64_t original_positions = 0;
  double low_freq_factor = 1.0, high_freq_factor = 4.0;          // llama3
  double beta_fast = 32.0, beta_slow = 1.0;                      // yarn
  double attention_factor = 0.0;                                 // yarn; 0: 0.1 ln(factor) + 1
  double mscale = 0.0, mscale_all_dim = 0.0;                     // yarn, DeepSeek's variant
  bool truncate = true;                                          // yarn: whole correction dims
  std::vector<double> divisors;      ///< GGUF rope_freqs.weight: divides each frequency; or empty
};

/// cos and sin of position * frequency, [positions, rotary / 2] each, yarn's magnitude included.
struct RopeTable {
  std::vector<float> cosines, sines;
};
/// `positions` is the run's context: dynamic scaling depends on it where it exceeds the original.
RopeTable rope_table(const RopeScaling& scaling, std::int64_t positions);

/// The rotary / 2 angular frequencies (radians a token).
std::vector<double> rope_frequencies(const RopeScaling& scaling, std::int64_t positions);

}  // namespace lab
