#include "model/rope_scaling.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace lab {
namespace {

constexpr double kTwoPi = 2.0 * std::numbers::pi;

/// Llama 3.1: long waves are slowed by `factor`, short ones kept, those between blended.
double llama3_frequency(const RopeScaling& s, double frequency) {
  const double wavelength = kTwoPi / frequency;
  const double original = static_cast<double>(s.original_positions);
  if (wavelength < original / s.high_freq_factor) return frequency;
  if (wavelength > original / s.low_freq_factor) return frequency / s.factor;
  const double blend = (original / wavelength - s.low_freq_factor) / (s.high_freq_factor - s.low_freq_factor);
  return (1.0 - blend) * frequency / s.factor + blend * frequency;
}

/// YaRN (arXiv 2309.00071): dimension whose wave turns `rotations` times in the original context.
double yarn_dimension(const RopeScaling& s, double rotations) {
  return static_cast<double>(s.rotary) *
         std::log(static_cast<double>(s.original_positions) / (rotations * kTwoPi)) /
         (2.0 * std::log(s.theta));
}

double yarn_frequency(const RopeScaling& s, double frequency, std::int64_t i) {
  double low = yarn_dimension(s, s.beta_fast), high = yarn_dimension(s, s.beta_slow);
  if (s.truncate) {
    low = std::floor(low);
    high = std::ceil(high);
  }
  low = std::max(low, 0.0);
  high = std::min(high, static_cast<double>(s.rotary - 1));
  if (low == high) high += 0.001;
  const double ramp = std::clamp((static_cast<double>(i) - low) / (high - low), 0.0, 1.0);
  return frequency / s.factor * ramp + frequency * (1.0 - ramp);
}

double yarn_magnitude(const RopeScaling& s) {
  if (s.attention_factor > 0) return s.attention_factor;
  auto scale = [&](double mscale) { return s.factor <= 1 ? 1.0 : 0.1 * mscale * std::log(s.factor) + 1.0; };
  if (s.mscale > 0 && s.mscale_all_dim > 0) return scale(s.mscale) / scale(s.mscale_all_dim);
  return scale(1.0);
}

}  // namespace

std::vector<double> rope_frequencies(const RopeScaling& s, std::int64_t positions) {
  double theta = s.theta;
  if (s.kind == RopeKind::kDynamic && positions > s.original_positions) {
    const double stretch = s.factor * static_cast<double>(positions) / static_cast<double>(s.original_positions) - (s.factor - 1.0);
    theta *= std::pow(stretch, static_cast<double>(s.rotary) / static_cast<double>(s.rotary - 2));
  }
  std::vector<double> frequencies(static_cast<std::size_t>(s.rotary / 2));
  for (std::size_t i = 0; i < frequencies.size(); ++i) {
    double f = std::pow(theta, -2.0 * static_cast<double>(i) / static_cast<double>(s.rotary));
    if (s.kind == RopeKind::kLinear) f /= s.factor;
    if (s.kind == RopeKind::kLlama3) f = llama3_frequency(s, f);
    if (s.kind == RopeKind::kYarn) f = yarn_frequency(s, f, static_cast<std::int64_t>(i));
    if (!s.divisors.empty()) f /= s.divisors[i];
    frequencies[i] = f;
  }
  return frequencies;
}

RopeTable rope_table(const RopeScaling& s, std::int64_t positions) {
  const std::vector<double> frequencies = rope_frequencies(s, positions);
  const double magnitude = s.kind == RopeKind::kYarn ? yarn_magnitude(s) : 1.0;
  RopeTable table;
  table.cosines.reserve(frequencies.size() * static_cast<std::size_t>(positions));
  table.sines.reserve(table.cosines.capacity());
  for (std::int64_t position = 0; position < positions; ++position) {
    for (double f : frequencies) {
      const double angle = static_cast<double>(position) * f;
      table.cosines.push_back(static_cast<float>(magnitude * std::cos(angle)));
      table.sines.push_back(static_cast<float>(magnitude * std::sin(angle)));
    }
  }
  return table;
}

}  // namespace lab
