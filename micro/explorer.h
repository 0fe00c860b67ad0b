// Explorer: learns from a scalar quality alone, by trying small changes and keeping what scored
// better.
//
// A scalar says how good an output was, not in which direction a better one lies. So the explorer
// draws a random direction d in output space and runs a cycle of three trials, each served
// unchanged between two updates: the present weights, +d, -d. The two scores give the slope along
// d, the three together its curvature; the step is the vertex of that parabola (SPSA with a
// measured gain; Spall 1992). Scores are compared input by input, for inputs that come again, so
// that hard and easy inputs do not pass for good and bad directions. A trial lasts until the inputs
// seen lately have been served in it. The next cycle's first trial checks the step: one that made
// the score worse is taken back.
//
// The size of d follows the measured cost of exploring: about kExploreCost of quality, whatever the
// scale of the outputs. One input in 16 dimensions is learned from some hundred scores; the number
// needed grows with dimensions times inputs. Where a target or a gradient is at hand, use it.
#pragma once

#include "adapter.h"

namespace microlora {

/// What a saved adapter keeps, so that it can finish or take back the direction it was saved with.
struct ExplorerState {
  std::uint32_t phase = 0;         ///< 0 centre, 1 plus, 2 minus
  std::uint32_t draw = 0;          ///< number of the present direction
  float size = 0;                  ///< change of an output component along d
  float trust = 1;                 ///< faith in the measured slope, (0, 1]
  float rms = 0, energy = 0;       ///< running size of x, and of |x A|^2
  float direction[kMaxRank] = {};  ///< B row k is displaced by direction[k] * d
  bool valid() const;
};

class Explorer {
 public:
  static constexpr float kExploreCost =
      0.01f;  ///< quality that a trial may cost against its centre

  void lay_out(Arena& arena, const Adapter& adapter);
  void reset(const Adapter& adapter);

  /// Takes the score in [0, 1] of the output that `adapter` gave for x [in_stride]. `weight` scales
  /// the step. kNotFinite changes nothing.
  Status observe(const Adapter& adapter, const float* x, float quality, float weight = 1);

  /// Ends the trial if it has seen enough, and serves the next one. lr 0.01 takes the measured step
  /// whole, less takes a part of it, more at most half as much again; 0 changes nothing.
  void advance(Adapter& adapter, float lr);

  /// Forgets the scores, after `state` was replaced by a saved one.
  void restart();

  ExplorerState state;

 private:
  enum Phase : std::uint32_t { kCentre, kPlus, kMinus, kPhases };
  static constexpr std::uint32_t kSlots = 32;

  /// Scores in the trials of this cycle, of one input or of all.
  struct Scores {
    float total[kPhases];
    std::uint32_t count[kPhases];
    float mean(int phase) const { return total[phase] / static_cast<float>(count[phase]); }
    /// The slope and the cost that the three means say.
    float slope() const { return 0.5f * (mean(kPlus) - mean(kMinus)); }
    float cost() const { return mean(kCentre) - 0.5f * (mean(kPlus) + mean(kMinus)); }
  };
  /// An input seen lately, by its fingerprint.
  struct Slot {
    std::uint32_t key, seen;
    float reference;  // its score at the last centre that was kept, negative if there was none
    Scores scores;
  };

  Slot& slot_of(std::uint32_t key);
  std::uint32_t inputs_seen_lately() const;
  void start_cycle(Adapter& adapter);
  bool check_last_step(Adapter& adapter, std::uint32_t inputs);
  void forget_scores();
  void finish_cycle(Adapter& adapter, float lr, std::uint32_t inputs);
  void step_a(Adapter& adapter, float step);
  void move(Adapter& adapter, std::uint32_t draw, const float* direction, float factor);

  Slot slots_[kSlots];
  Scores all_;
  float squares_[kPhases];  // of all scores, for their variance
  std::uint32_t used_, clock_, in_trial_, covered_, drawn_;
  bool pending_, stepped_;  // stepped: the last step can be taken back
  std::uint32_t last_draw_;
  float weight_;         // sum over the cycle
  float low_[kMaxRank];  // the last input's x A
  float last_b_[kMaxRank], last_a_[kMaxRank];
  float *x_sum_, *last_x_;  // score-weighted inputs of this cycle, of the last step
  float* d_;                // the direction `drawn_`
};

}  // namespace microlora
