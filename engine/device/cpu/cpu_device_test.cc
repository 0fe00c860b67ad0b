// Operations of the CPU device that go by elements or rows, against the reference device.
#include "device/cpu/cpu_device.h"

#include <limits>
#include <memory>
#include <numeric>

#include "device/cpu/side_by_side.h"

namespace lab {
namespace {

using Sizes = std::pair<std::int64_t, std::int64_t>;

TEST(CpuDevice, AllocatesAlignedZeroesAndReportsWhatCannotBeHad) {
  ThreadPool pool(1);
  const auto device = make_cpu_device(pool);
  for (const std::uint64_t bytes : {0, 1, 64, 1000}) {
    const auto address = device->allocate(bytes);
    ASSERT_TRUE(address);
    EXPECT_EQ(*address % 64, 0u);
    for (std::uint64_t i = 0; i < bytes; ++i)
      ASSERT_EQ(reinterpret_cast<const char*>(*address)[i], 0);
  }
  const auto too_much = device->allocate(std::numeric_limits<std::uint64_t>::max());
  ASSERT_FALSE(too_much);
  EXPECT_EQ(too_much.error().code, Code::kOutOfMemory);
}

TEST(CpuDevice, RefusesWeightsItCannotMultiply) {
  ThreadPool pool(1);
  const auto device = make_cpu_device(pool);
  const std::vector<std::byte> bytes(64);
  EXPECT_EQ(device->place({DType::kI32, {4, 4}, bytes}).error().code, Code::kUnsupported);
  EXPECT_EQ(device->place({DType::kF32, {4, 5}, bytes}).error().code, Code::kMismatch);
  EXPECT_TRUE(device->place({DType::kF32, {4, 4}, bytes}));
}

TEST(CpuDevice, FillsCopiesAndAdds) {
  for (const std::int64_t count : {1, 15, 16, 33, 40000}) {
    expect_same([&](Side& s) {
      const Reals a = s.random(count), b = s.random(count), c = s.zeros(count);
      s.device.add(a, b);
      s.device.copy(b, c);
      s.device.fill(a, 0.25);
      s.check("added", b);
      s.check("copied", c);
      s.check("filled", a);
    });
  }
}

TEST(CpuDevice, EmbedsStoredRowsAndAddsTheirGradients) {
  for (const DType dtype : {DType::kF32, DType::kBF16, DType::kQ8_0, DType::kQ4_1}) {
    expect_same([&](Side& s) {
      const std::int64_t cols = 96, vocab = 11;
      const Ints ids = s.ints({3, 0, 10, 3, 3, 7});
      EmbedForward op{6, ids, s.weight(dtype, vocab, cols), s.zeros(6 * cols)};
      s.device.embed_forward(op);
      s.check("x", op.x);
      EmbedBackward back{6, cols, ids, s.random(6 * cols), s.random(vocab * cols)};
      s.device.embed_backward(back);
      s.check("d_weight", back.d_weight);
    });
  }
}

TEST(CpuDevice, AddsTheLowRankPairOfAnEmbedding) {
  for (const auto& [cols, rank] : {Sizes{35, 3}, {200, 17}, {64, 300}}) {
    expect_same([&](Side& s) {
      const std::int64_t vocab = 13, tokens = 7;
      const Ints ids = s.ints({3, 0, 12, 3, 3, 7, 1});
      EmbedPairForward op{tokens, cols, vocab, rank, 0.5, ids, s.random(rank * vocab),
                          s.random(cols * rank), s.random(tokens * cols)};
      s.device.embed_pair_forward(op);
      s.check("x", op.x);
      EmbedPairBackward back{tokens, cols, vocab, rank, 0.5, ids, op.a, op.b,
                             s.random(tokens * cols), s.random(rank * vocab),
                             s.random(cols * rank)};
      s.device.embed_pair_backward(back);
      s.check("d_a", back.d_a);
      s.check("d_b", back.d_b);
    });
  }
}

TEST(CpuDevice, NormalisesRows) {
  for (const auto& [rows, cols] : {Sizes{1, 1}, {3, 17}, {50, 576}, {300, 70}}) {
    for (const bool accumulate : {false, true}) {
      expect_same([&](Side& s) {
        const Reals x = s.random(rows * cols), weight = s.random(cols), y = s.zeros(rows * cols);
        s.device.rms_norm_forward({rows, cols, 1e-5, x, weight, y});
        s.check("y", y);
        // Without accumulation dx takes the place of dy.
        const Reals dy = s.random(rows * cols), d_weight = s.random(cols);
        const Reals dx = accumulate ? s.random(rows * cols) : dy;
        s.device.rms_norm_backward({rows, cols, 1e-5, x, weight, dy, dx, d_weight, accumulate});
        s.check("dx", dx);
        s.check("d_weight", d_weight);
        s.device.rms_norm_forward({rows, cols, 1e-5, x, weight, x});
        s.check("in place", x);
      }, 5e-6);
    }
  }
}

TEST(CpuDevice, RotatesHeadsBothWays) {
  for (const RopePairs pairs : {RopePairs::kHalves, RopePairs::kNeighbours}) {
    for (const auto& [head_dim, rotary] : {Sizes{64, 64}, {80, 32}, {6, 6}, {34, 34}}) {
      for (const bool inverse : {false, true}) {
        expect_same([&](Side& s) {
          const std::int64_t tokens = 5, heads = 3, half = rotary / 2;
          Rope op{tokens, heads, head_dim, rotary, pairs, s.ints({0, 4, 8, 1, 2}),
                  s.random(9 * half), s.random(9 * half), s.random(tokens * heads * head_dim),
                  inverse};
          s.device.rope(op);
          s.check("x", op.x);
        });
      }
    }
  }
}

TEST(CpuDevice, GatesFeedForwardLayers) {
  for (const std::int64_t count : {1, 16, 77, 20000}) {
    expect_same([&](Side& s) {
      const Reals gate = s.random_in(count, -20, 20), up = s.random(count), act = s.zeros(count);
      s.device.swiglu_forward({count, gate, up, act});
      s.check("act", act);
      // d_gate, d_up and d_act lie in gate, up and gate: the worst that is allowed.
      s.device.swiglu_backward({count, gate, up, act, gate, up});
      s.check("d_gate", gate);
      s.check("d_up", up);
    }, 5e-6);
  }
}

TEST(CpuDevice, SwigluSurvivesHugeGates) {
  expect_same([](Side& s) {
    const Reals gate = s.reals({-1e30f, -200, -89, -88, 0, 88, 89, 200, 1e30f});
    const Reals up = s.reals(std::vector<float>(9, 1.0f)), act = s.zeros(9);
    s.device.swiglu_forward({9, gate, up, act});
    s.check("finite", act.slice(1, 7));
    s.device.swiglu_backward({8, gate.slice(1, 8), up, up, gate, up});
    s.check("d_gate", gate.slice(0, 8));
  });
}

TEST(CpuDevice, TakesTheCrossEntropyOfRows) {
  for (const std::int64_t vocab : {1, 5, 64, 1001, 49152}) {
    for (const bool gradient : {false, true}) {
      expect_same([&](Side& s) {
        const auto last = static_cast<std::int32_t>(vocab - 1);
        CrossEntropy op{4, vocab, s.random_in(4 * vocab, -15, 15), s.ints({0, -1, last, last / 2}),
                        s.zeros(4), gradient, 0.125};
        s.device.cross_entropy(op);
        s.check("loss", op.loss);
        if (gradient) s.check("d_logits", op.logits);
      });
    }
  }
}

TEST(CpuDevice, CrossEntropyKeepsTheDigitsOfNearCertainty) {
  expect_same([](Side& s) {
    CrossEntropy op{1, 3, s.reals({30, 12, -500}), s.ints({0}), s.zeros(1), true, 1};
    s.device.cross_entropy(op);
    s.check("loss", op.loss);
    s.check("d_logits", op.logits);
  }, 1e-6);
  expect_same([](Side& s) {
    CrossEntropy op{1, 3, s.reals({1000, 1001, -500}), s.ints({2}), s.zeros(1), false, 1};
    s.device.cross_entropy(op);
    s.check("loss", op.loss);
    s.check("untouched", op.logits);
  }, 1e-6);
}

TEST(CpuDevice, CrossEntropyShowsNotANumber) {
  ThreadPool pool(1);
  const auto device = make_cpu_device(pool);
  for (const std::size_t bad : {0u, 7u, 18u}) {
    Side s(*device);
    std::vector<float> logits(19, 0.5f);
    logits[bad] = std::numeric_limits<float>::quiet_NaN();
    const Reals loss = s.zeros(1);
    device->cross_entropy({1, 19, s.reals(logits), s.ints({3}), loss, false, 1});
    float value = 0;
    device->read(loss, &value);
    EXPECT_TRUE(std::isnan(value)) << bad;
  }
}

TEST(CpuDevice, DropsTheSameElementsAsTheReference) {
  for (const double probability : {0.0, 0.1, 0.5, 1.0}) {
    for (const std::int64_t count : {1, 63, 20000}) {
      for (const bool accumulate : {false, true}) {
        expect_same([&](Side& s) {
          Dropout op{count, probability, 0x123456789abcdef, 9, s.random(count), s.random(count),
                     accumulate};
          s.device.dropout(op);
          s.check("y", op.y);
        });
      }
    }
  }
}

TEST(CpuDevice, TakesTheNormOfGradients) {
  for (const std::int64_t count : {1, 100, 16384, 100001}) {
    for (const double max_norm : {0.0, 0.5, 1e6}) {
      expect_same([&](Side& s) {
        const Reals out = s.zeros(2);
        s.device.grad_norm({count, s.random(count), max_norm, out});
        s.check("norm", out.slice(0, 1));
        s.check("factor", out.slice(1, 1));
      }, 2e-7);
    }
  }
}

TEST(CpuDevice, StepsLikeAdamW) {
  for (const std::int64_t count : {1, 40, 20001}) {
    for (const std::int64_t step : {1, 20}) {
      expect_same([&](Side& s) {
        AdamW op{.count = count,
                 .params = s.random(count),
                 .grads = s.random(count),
                 .m = s.random(count),
                 .v = s.random_in(count, 0, 1),
                 .factor = step == 1 ? Reals{} : s.reals({0.3f}),
                 .lr = 1e-2,
                 .weight_decay = 0.01,
                 .step = step};
        s.device.adamw(op);
        s.check("params", op.params);
        s.check("m", op.m);
        s.check("v", op.v);
      }, 1e-6);
    }
  }
}

}  // namespace
}  // namespace lab
