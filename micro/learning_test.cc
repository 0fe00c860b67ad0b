// Gradients, trainer, explorer and the online adapters: what they learn, and what they refuse.
#include <gtest/gtest.h>

#include <bit>
#include <limits>
#include <string>
#include <string_view>

#include "byte_state.h"
#include "ewc.h"
#include "feedback.h"
#include "number_text.h"
#include "scoped.h"
#include "strict.h"
#include "test_helpers.h"
#include "trainer.h"

namespace microlora {
namespace {

// What the determinism test expects; from a run, and the same from every other.
constexpr std::uint32_t kTrainerSum = 672963038, kOnlineSum = 3355692891, kFeedbackSum = 463879645;
const float kNan = std::numeric_limits<float>::quiet_NaN();

TEST(Gradient, MatchesCentralDifferencesInDoublePrecision) {
  const Shape s{11, 7, 3};
  Normal draw(5);
  Owned<FeedbackAdapter> adapter;
  ASSERT_EQ(adapter.create(FeedbackConfig{s, 2.4f, 1}), Status::kOk);
  auto a = draw.vector(s.in * s.rank), b = draw.vector(s.rank * s.out);
  ASSERT_EQ(adapter->write(a.data(), b.data()), Status::kOk);
  const auto x = draw.vector(s.in), target = draw.vector(s.out);
  const auto loss = [&](const std::vector<double>& wa, const std::vector<double>& wb) {
    double total = 0;
    for (std::uint32_t j = 0; j < s.out; ++j) {
      double v = -target[j];
      for (std::uint32_t k = 0; k < s.rank; ++k) {
        for (std::uint32_t i = 0; i < s.in; ++i)
          v += adapter->scale * x[i] * wa[i * s.rank + k] * wb[k * s.out + j];
      }
      total += 0.5 * v * v;
    }
    return total;
  };
  std::copy(x.begin(), x.end(), adapter->x);
  adapter->forward(adapter->x, adapter->y, Into::kReplace);
  for (std::uint32_t j = 0; j < s.out; ++j) adapter->y[j] -= target[j];
  ASSERT_EQ(adapter->gradient.accumulate(*adapter, adapter->x, adapter->y, 1), Status::kOk);
  std::vector<float> ga(a.size()), gb(b.size());
  pack_a(s, adapter->gradient.a, ga.data());
  pack_b(s, adapter->gradient.b, gb.data());
  std::vector<double> wa(a.begin(), a.end()), wb(b.begin(), b.end());
  for (auto [weights, gradient] : {std::pair{&wa, &ga}, std::pair{&wb, &gb}}) {
    for (std::size_t i = 0; i < weights->size(); ++i) {
      const double kept = (*weights)[i], h = 1e-5;
      (*weights)[i] = kept + h;
      const double up = loss(wa, wb);
      (*weights)[i] = kept - h;
      const double down = loss(wa, wb);
      (*weights)[i] = kept;
      EXPECT_NEAR((*gradient)[i], (up - down) / (2 * h), 1e-3);
    }
  }
}

TEST(Gradient, NothingIsAddedFromNumbersThatAreNotFinite) {
  Owned<FeedbackAdapter> adapter;
  ASSERT_EQ(adapter.create(FeedbackConfig{{16, 16, 2}, 4, 1}), Status::kOk);
  std::vector<float> good(16, 1.0f), bad(16, 1.0f);
  bad[7] = kNan;
  EXPECT_EQ(adapter->gradient.accumulate(*adapter, good.data(), bad.data(), 1), Status::kNotFinite);
  EXPECT_EQ(adapter->gradient.accumulate(*adapter, bad.data(), good.data(), 1), Status::kNotFinite);
  EXPECT_EQ(adapter->feed(bad.data(), 0.5f), Status::kNotFinite);
  EXPECT_EQ(adapter->feed(good.data(), kNan), Status::kNotFinite);
  EXPECT_EQ(adapter->pending(), 0u);
  EXPECT_EQ(adapter->counts.samples_seen, 0u);
}

TEST(Ewc, AnEarlierTaskIsForgottenLess) {
  const auto error_after = [](float lambda) {
    Normal draw(3);
    const Teacher first(16, draw, 0.5f), second(16, draw, 0.5f);
    Owned<FeedbackAdapter> adapter;
    EXPECT_EQ(adapter.create(FeedbackConfig{{16, 16, 4}, 4, 1}), Status::kOk);
    Owned<EwcState> ewc;
    EXPECT_EQ(ewc.create<Adapter>(*adapter), Status::kOk);
    const auto inputs = draw.vector(16 * 8), others = draw.vector(16 * 8);
    const auto learn = [&](const Teacher& teacher, const std::vector<float>& xs, bool protect) {
      for (int step = 0; step < 1500; ++step) {
        const float* x = &xs[static_cast<std::size_t>(step % 8) * 16];
        const auto y = teacher(x);
        adapter->forward(x, adapter->y, Into::kReplace);
        for (std::size_t j = 0; j < 16; ++j) adapter->y[j] -= y[j];
        EXPECT_EQ(adapter->gradient.accumulate(*adapter, x, adapter->y, 1), Status::kOk);
        if (protect) {
          apply_with_ewc(*adapter, adapter->gradient, *ewc, 0.01f, lambda);
        } else {
          if (step < 200) ewc->update_fisher(adapter->gradient, 0.99f);
          adapter->gradient.apply(*adapter, 0.01f);
        }
      }
    };
    learn(first, inputs, false);
    ewc->update_optimal(*adapter);
    learn(second, others, true);
    double error = 0;
    for (std::size_t i = 0; i < 8; ++i) {
      adapter->forward(&inputs[i * 16], adapter->y, Into::kReplace);
      error += difference(adapter->y, first(&inputs[i * 16]).data(), 16) / 8;
    }
    return error;
  };
  const double without = error_after(0), with = error_after(100);
  EXPECT_LT(with, 0.7 * without) << with << " against " << without;
  EXPECT_LT(error_after(1e30f), without)
      << "an enormous penalty holds the anchor instead of overshooting";
}

TEST(Trainer, RecoversATeacherAndItsDelta) {
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    Normal draw(seed);
    const Teacher teacher(64, draw);
    Owned<Trainer> trainer;
    ASSERT_EQ(trainer.create(TrainerConfig{{64, 64, 2}, 1, 0.003f, 0, 0.01f, 1, 0, seed}),
              Status::kOk);
    for (int i = 0; i < 3000; ++i) {
      const auto x = draw.vector(64), y = teacher(x.data());
      ASSERT_EQ(trainer->gather(x.data(), y.data()), Status::kOk);
      trainer->step();
    }
    const auto x = draw.vector(64), y = teacher(x.data());
    ASSERT_EQ(trainer->predict(x.data(), trainer->y), Status::kOk);
    EXPECT_LT(difference(trainer->y, y.data(), 64), 0.01);
    for (std::uint32_t i = 0; i < 64; ++i) {
      std::vector<float> unit(64), row(64);
      unit[i] = 1;
      trainer->add_delta(row.data(), i, 1);
      EXPECT_LT(difference(row.data(), teacher(unit.data()).data(), 64), 0.05);
    }
  }
}

TEST(Trainer, ARefusedExampleChangesNothing) {
  Owned<Trainer> trainer;
  ASSERT_EQ(trainer.create(TrainerConfig{{16, 16, 2}, 1, 0.01f, 0.5f, 0.1f, 1, 0, 1}), Status::kOk);
  std::vector<float> good(16, 1.0f), bad(16, kNan);
  ASSERT_EQ(trainer->gather(good.data(), good.data()), Status::kOk);
  trainer->step();
  const std::uint32_t before = crc32(trainer->a, trainer->state_size() * 3 * sizeof(float));
  ASSERT_EQ(trainer->gather(good.data(), good.data()), Status::kOk);
  EXPECT_EQ(trainer->gather(good.data(), bad.data()), Status::kNotFinite);
  EXPECT_EQ(trainer->step(), 0) << "what was gathered is forgotten";
  EXPECT_EQ(crc32(trainer->a, trainer->state_size() * 3 * sizeof(float)), before);
}

/// The checksums of what was learned. The same numbers stand in this test natively and in
/// WebAssembly.
TEST(Determinism, TheSameCallsGiveTheSameBytesOnEveryMachine) {
  Owned<Trainer> trainer;
  ASSERT_EQ(trainer.create(TrainerConfig{{40, 24, 3}, 1, 0.01f, 0.25f, 0.1f, 1, 0, 9}),
            Status::kOk);
  Owned<ScopedLora> online;
  ASSERT_EQ(online.create(OnlineConfig{40, 2, 1, 0.01f, 10, 0, 1, 9}), Status::kOk);
  Owned<FeedbackAdapter> feedback;
  ASSERT_EQ(feedback.create(FeedbackConfig{{40, 24, 2}, 4, 9}), Status::kOk);
  std::vector<float> x(48), y(32), g(48);
  for (std::uint32_t step = 0; step < 500; ++step) {
    for (std::uint32_t i = 0; i < 40; ++i) x[i] = Random(1, step % 5).unit(i) - 0.5f;
    for (std::uint32_t i = 0; i < 24; ++i) y[i] = Random(2, step % 5).unit(i) - 0.5f;
    for (std::uint32_t i = 0; i < 40; ++i) g[i] = Random(3, step).unit(i) - 0.5f;
    trainer->gather(x.data(), y.data());
    trainer->step();
    online->forward(0, x.data(), online->y);
    online->adapt(0, g.data());
    online->adapt_with_reward(0, Random(4, step).unit(0) - 0.5f);
    feedback->feed(x.data(), Random(5, step).unit(0));
    feedback->apply_updates(0.01f);
  }
  EXPECT_EQ(crc32(trainer->a, trainer->state_size() * 3 * sizeof(float)), kTrainerSum);
  EXPECT_EQ(crc32(online->own->a, (online->own->a_size() + online->own->b_size()) * sizeof(float)),
            kOnlineSum);
  EXPECT_EQ(crc32(feedback->a, (feedback->a_size() + feedback->b_size()) * sizeof(float)),
            kFeedbackSum);
}

TEST(Explorer, LearnsOneInputFromScoresAlone) {
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    Normal draw(seed);
    const Teacher teacher(16, draw);
    const auto x = draw.vector(16), y = teacher(x.data());
    Owned<FeedbackAdapter> adapter;
    ASSERT_EQ(adapter.create(FeedbackConfig{{16, 16, 2}, 4, seed}), Status::kOk);
    double last = 0;
    for (int i = 0; i < 2000; ++i) {
      adapter->forward(x.data(), adapter->y, Into::kReplace);
      const double d = difference(adapter->y, y.data(), 16);
      const auto quality = static_cast<float>(std::exp(-d * d));
      if (i >= 1800) last += quality / 200;
      ASSERT_EQ(adapter->feed(x.data(), quality), Status::kOk);
      adapter->apply_updates(0.01f);
    }
    EXPECT_GE(last, 0.8) << "seed " << seed;
  }
}

TEST(Scoped, WhatAnOperatorTaughtItsCategoryIsTakenBack) {
  Owned<ScopedLora> lora;
  ASSERT_EQ(lora.create(OnlineConfig{16, 2, 1, 0.1f, 10, 0, kOperators, 1}), Status::kOk);
  const std::vector<float> x(16, 1.0f);
  lora->forward(2, x.data(), lora->y);
  lora->adapt(2, x.data());
  lora->forward(0, x.data(), lora->y);
  EXPECT_NE(lora->y[3], 1.0f);
  lora->reset_scope(2);
  lora->forward(0, x.data(), lora->y);
  EXPECT_EQ(lora->y[3], 1.0f);
}

TEST(NumberText, EveryFloatReadsBackAsItself) {
  char text[64];
  for (std::uint32_t bits = 1; bits < 0x7f800000u; bits += 65521) {
    const auto value = std::bit_cast<float>(bits);
    char* end = write_numbers(&value, {1, 1, 0, 0}, text);
    ASSERT_LE(end - text, static_cast<long>(kLongestNumber));
    float back = 0;
    ASSERT_EQ(read_numbers(text, static_cast<std::size_t>(end - text), &back), 1);
    ASSERT_EQ(std::bit_cast<std::uint32_t>(back), bits) << std::string(text, end);
  }
}

TEST(NumberText, ReadsJsonNumbersAndRefusesTheRest) {
  const auto count = [](std::string_view text) {
    std::vector<float> room(text.size() / 2 + 1);
    return read_numbers(text.data(), text.size(), room.data());
  };
  EXPECT_EQ(count(" 1, -2.5e3 ,0.0 ,1E-2"), 4);
  EXPECT_EQ(count("0.1000000000000000000000000000001"), 1);
  for (const char* bad : {"", " ", "1,", ",1", "01", "1.", ".5", "-", "1e", "1e400", "-1e400",
                          "nan", "null", "1 2", "+1", "0x1", "[1]"}) {
    EXPECT_EQ(count(bad), -1) << bad;
  }
}

}  // namespace
}  // namespace microlora
