// Finite differences of every backward operation but the linear layer's and attention's.
#include "device/reference/gradient_check.h"

namespace lab {
namespace {

using Gradient = GradientCheck;

TEST_F(Gradient, OfEmbeddingIsAddedToTheRowsThatWereRead) {
  for (const std::int64_t cols : {1, 5}) {
    const Reals weight = random(7 * cols), x = reals(4 * cols), dx = random(4 * cols),
                d_weight = random(7 * cols);
    const Ints ids = ints({6, 2, 6, 0});
    const auto before = values(d_weight);
    device_->embed_backward({4, cols, ids, dx, d_weight});
    const auto loss = [&] {
      device_->embed_forward({4, ids, device_->as_weight(weight, 7, cols), x});
      return weighted_sum(dx, x);
    };
    EXPECT_LE(gradient_error(weight, increase(d_weight, before), loss), kTolerance) << cols;
  }
}

TEST_F(Gradient, OfEmbeddingPairIsAddedToAAndB) {
  for (const std::int64_t rank : {1, 3}) {
    constexpr std::int64_t kCols = 5, kVocab = 7;
    const Reals a = random(rank * kVocab), b = random(kCols * rank), x = reals(4 * kCols),
                dx = random(4 * kCols), d_a = random(a.count), d_b = random(b.count);
    const Ints ids = ints({6, 2, 6, 0});
    const auto old_a = values(d_a), old_b = values(d_b);
    device_->embed_pair_backward({4, kCols, kVocab, rank, 0.7, ids, a, b, dx, d_a, d_b});
    const auto loss = [&] {
      device_->fill(x, 0.25);
      device_->embed_pair_forward({4, kCols, kVocab, rank, 0.7, ids, a, b, x});
      return weighted_sum(dx, x);
    };
    EXPECT_LE(gradient_error(a, increase(d_a, old_a), loss), kTolerance) << "d_a, rank " << rank;
    EXPECT_LE(gradient_error(b, increase(d_b, old_b), loss), kTolerance) << "d_b, rank " << rank;
  }
}

TEST_F(Gradient, OfRmsNorm) {
  for (const std::int64_t cols : {1, 6, 13})
    for (const bool accumulate : {false, true})
      for (const bool in_place : {false, true}) {
        if (accumulate && in_place) continue;
        constexpr std::int64_t kRows = 3;
        constexpr double kEps = 0.01;
        const Reals x = random(kRows * cols), weight = random(cols), y = reals(x.count),
                    dy = random(x.count), dx = in_place ? reals(x.count) : random(x.count),
                    d_weight = random(cols);
        if (in_place) device_->copy(dy, dx);
        const auto old_dx = values(dx), old_d_weight = values(d_weight);
        device_->rms_norm_backward(
            {kRows, cols, kEps, x, weight, in_place ? dx : dy, dx, d_weight, accumulate});
        const auto loss = [&] {
          device_->rms_norm_forward({kRows, cols, kEps, x, weight, y});
          return weighted_sum(dy, y);
        };
        const auto gradient = accumulate ? increase(dx, old_dx) : values(dx);
        EXPECT_LE(gradient_error(x, gradient, loss), kTolerance)
            << cols << " columns, accumulate " << accumulate << ", in place " << in_place;
        EXPECT_LE(gradient_error(weight, increase(d_weight, old_d_weight), loss), kTolerance)
            << cols << " columns, in place " << in_place;
      }
}

TEST_F(Gradient, OfRopeIsTheInverseRotation) {
  constexpr std::int64_t kTokens = 3, kHeads = 2, kHeadDim = 10;
  for (const std::int64_t rotary : {2, 6, 10})
    for (const RopePairs pairs : {RopePairs::kHalves, RopePairs::kNeighbours}) {
      const Ints positions = ints({4, 0, 2});
      // Any table will do: the backward is the transpose, not only the inverse of a rotation.
      const Reals cosines = random(5 * rotary / 2), sines = random(5 * rotary / 2),
                  x = random(kTokens * kHeads * kHeadDim), y = reals(x.count), dy = random(x.count),
                  dx = reals(x.count);
      device_->copy(dy, dx);
      device_->rope(
          {kTokens, kHeads, kHeadDim, rotary, pairs, positions, cosines, sines, dx, true});
      const auto loss = [&] {
        device_->copy(x, y);
        device_->rope(
            {kTokens, kHeads, kHeadDim, rotary, pairs, positions, cosines, sines, y, false});
        return weighted_sum(dy, y);
      };
      EXPECT_LE(gradient_error(x, values(dx), loss), kTolerance) << rotary;
    }
}

TEST_F(Gradient, OfSwigluInEveryAliasing) {
  for (const std::int64_t count : {1, 17})
    for (const int overwritten : {0, 1, 2}) {  // d_act: kept, becomes d_gate, becomes d_up
      const Reals gate = random(count), up = random(count), act = reals(count), dy = random(count);
      const Reals gate_copy = reals(count), up_copy = reals(count), d_act = reals(count);
      device_->copy(gate, gate_copy);
      device_->copy(up, up_copy);
      device_->copy(dy, d_act);
      const Reals d_gate = overwritten == 1 ? d_act : gate_copy;
      const Reals d_up = overwritten == 2 ? d_act : up_copy;
      device_->swiglu_backward({count, gate_copy, up_copy, d_act, d_gate, d_up});
      const auto loss = [&] {
        device_->swiglu_forward({count, gate, up, act});
        return weighted_sum(dy, act);
      };
      EXPECT_LE(gradient_error(gate, values(d_gate), loss), kTolerance)
          << count << ", " << overwritten;
      EXPECT_LE(gradient_error(up, values(d_up), loss), kTolerance) << count << ", " << overwritten;
    }
}

TEST_F(Gradient, OfCrossEntropyIgnoresNegativeTargets) {
  for (const std::int64_t vocab : {1, 9, 33}) {
    constexpr double kScale = 0.3;
    const auto last = static_cast<std::int32_t>(vocab - 1);
    const std::vector<std::int32_t> wanted{0, -100, last, -1, last / 2};
    const auto rows = static_cast<std::int64_t>(wanted.size());
    const Ints targets = ints(wanted);
    const Reals logits = random(rows * vocab), gradient = reals(logits.count), losses = reals(rows);
    device_->copy(logits, gradient);
    device_->cross_entropy({rows, vocab, gradient, targets, losses, true, kScale});
    if (vocab == 1) {  // one class is certain: nothing to learn, nothing to compare
      EXPECT_EQ(values(gradient), std::vector<double>(5, 0.0));
      continue;
    }
    const auto loss = [&] {
      device_->cross_entropy({rows, vocab, logits, targets, losses, false, 1});
      double sum = 0;
      for (const double value : values(losses)) sum += kScale * value;
      return sum;
    };
    EXPECT_LE(gradient_error(logits, values(gradient), loss), kTolerance) << vocab;
    const auto ignored = values(gradient.slice(vocab, vocab));
    EXPECT_EQ(ignored, std::vector<double>(static_cast<std::size_t>(vocab), 0.0));
  }
}

TEST_F(Gradient, OfDropoutIsDropoutOfTheGradient) {
  for (const double probability : {0.0, 0.4})
    for (const bool accumulate : {false, true}) {
      constexpr std::int64_t kCount = 37;
      constexpr std::uint64_t kSeed = 7;
      const Reals x = random(kCount), y = reals(kCount), dy = random(kCount), dx = random(kCount);
      const auto before = values(dx);
      device_->dropout({kCount, probability, kSeed, 3, dy, dx, accumulate});
      const auto loss = [&] {
        device_->fill(y, 0.5);
        device_->dropout({kCount, probability, kSeed, 3, x, y, accumulate});
        return weighted_sum(dy, y);
      };
      const auto gradient = accumulate ? increase(dx, before) : values(dx);
      EXPECT_LE(gradient_error(x, gradient, loss), kTolerance) << probability << ", " << accumulate;
    }
}

}  // namespace
}  // namespace lab
