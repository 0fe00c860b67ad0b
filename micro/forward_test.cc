#include "forward.h"

#include <gtest/gtest.h>

#include <limits>

#include "adapter.h"
#include "test_helpers.h"

namespace microlora {
namespace {

/// An adapter with random weights, and its exact map in double.
struct Case {
  Owned<Adapter> adapter;
  std::vector<float> a, b;

  Case(Shape shape, float scale, std::uint64_t seed) {
    Normal draw(seed);
    EXPECT_EQ(adapter.create(AdapterConfig{shape, scale, 0, seed}), Status::kOk);
    a = draw.vector(shape.in * shape.rank);
    b = draw.vector(shape.rank * shape.out);
    EXPECT_EQ(adapter->write(a.data(), b.data()), Status::kOk);
  }

  std::vector<double> exact(const std::vector<float>& x) const {
    const Shape& s = adapter->shape;
    std::vector<double> y(s.out);
    for (std::uint32_t k = 0; k < s.rank; ++k) {
      double low = 0;
      for (std::uint32_t i = 0; i < s.in; ++i) low += static_cast<double>(x[i]) * a[i * s.rank + k];
      for (std::uint32_t j = 0; j < s.out; ++j) y[j] += low * b[k * s.out + j] * adapter->scale;
    }
    return y;
  }
};

std::vector<float> padded_copy(const std::vector<float>& v) {
  std::vector<float> copy(padded(v.size()));
  std::copy(v.begin(), v.end(), copy.begin());
  return copy;
}

TEST(Forward, EveryBodyAgreesWithDoublePrecisionAtEveryShape) {
  for (Isa isa : {Isa::kPortable, Isa::kAvx2, Isa::kAvx512}) {
    const ForwardFunction run = forward_for(isa);
    if (!run) continue;
    for (std::uint32_t rank : {1u, 2u, 3u, 4u, 7u, 16u}) {
      for (Shape shape : {Shape{1, 1, rank}, Shape{15, 17, rank}, Shape{16, 16, rank},
                          Shape{100, 33, rank}, Shape{256, 256, rank}, Shape{70, 769, rank}}) {
        const Case c(shape, 0.7f, shape.in + rank);
        const auto x = Normal(rank).vector(shape.in);
        const auto exact = c.exact(x);
        const auto in = padded_copy(x);
        std::vector<float> y(padded(shape.out)), keep(in.size(), 9.0f);
        ASSERT_TRUE(run(*c.adapter, 1, in.data(), y.data(), Into::kReplace, keep.data()));
        const double size = 4 * std::sqrt(static_cast<double>(shape.in * rank));
        for (std::uint32_t j = 0; j < shape.out; ++j) EXPECT_NEAR(y[j], exact[j], 1e-6 * size);
        EXPECT_EQ(keep, in);
        std::vector<float> sum = y;
        ASSERT_TRUE(run(*c.adapter, 1, in.data(), sum.data(), Into::kAdd, nullptr));
        for (std::uint32_t j = 0; j < shape.out; ++j)
          EXPECT_NEAR(sum[j], 2 * exact[j], 2e-6 * size);
        if (shape.in != shape.out) continue;
        ASSERT_TRUE(run(*c.adapter, 1, in.data(), y.data(), Into::kResidual, nullptr));
        for (std::uint32_t j = 0; j < shape.out; ++j)
          EXPECT_NEAR(y[j], x[j] + exact[j], 1e-6 * size);
      }
    }
  }
}

TEST(Forward, AnInputThatIsNotFiniteIsRefusedAndTheOutputStays) {
  const Case c({32, 32, 2}, 1, 3);
  for (float bad :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(), 3e38f}) {
    std::vector<float> x(32, bad), y(32, 5.0f);
    EXPECT_FALSE(forward(*c.adapter, 1, x.data(), y.data(), Into::kReplace));
    EXPECT_EQ(y, std::vector<float>(32, 5.0f));
  }
}

TEST(Adapter, AFreshOneIsTheZeroMapAndResetRestoresItToTheBit) {
  Owned<Adapter> adapter;
  ASSERT_EQ(adapter.create(AdapterConfig{{20, 30, 3}, 1, 0.5f, 42}), Status::kOk);
  std::vector<float> a(60), b(90), a2(60), b2(90);
  adapter->read(a.data(), b.data());
  for (float v : b) EXPECT_EQ(v, 0);
  float largest = 0;
  for (float v : a) largest = std::max(largest, std::abs(v));
  EXPECT_GT(largest, 0.4f);
  EXPECT_LE(largest, 0.5f);
  const auto other = Normal(1).vector(90);
  ASSERT_EQ(adapter->write(other.data(), other.data()), Status::kOk);
  adapter->reset();
  adapter->read(a2.data(), b2.data());
  EXPECT_EQ(a, a2);
  EXPECT_EQ(b, b2);
}

TEST(Adapter, TheDeltaAndItsNormAreThoseOfTheProduct) {
  const Case c({9, 21, 3}, -1.5f, 8);
  std::vector<float> w(9 * padded(21));
  c.adapter->add_delta(w.data(), 0, 9);
  double squares = 0;
  for (std::uint32_t i = 0; i < 9; ++i) {
    std::vector<float> unit(9);
    unit[i] = 1;
    const auto row = c.exact(unit);
    for (std::uint32_t j = 0; j < 21; ++j) {
      EXPECT_NEAR(w[i * padded(21) + j], row[j], 1e-5);
      squares += row[j] * row[j];
    }
  }
  EXPECT_NEAR(c.adapter->delta_norm(), std::sqrt(squares), 1e-4);
}

TEST(Adapter, ShapesAndNumbersOutOfRangeAreRefused) {
  Owned<Adapter> adapter;
  for (Shape bad : {Shape{0, 1, 1}, Shape{1, 0, 1}, Shape{1, 1, 0}, Shape{65537, 1, 1},
                    Shape{1, 65537, 1}, Shape{1, 1, 17}}) {
    EXPECT_EQ(adapter.create(AdapterConfig{bad, 1, 1, 0}), Status::kRange);
  }
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(adapter.create(AdapterConfig{{2, 2, 1}, nan, 1, 0}), Status::kRange);
  EXPECT_EQ(adapter.create(AdapterConfig{{2, 2, 1}, 1, nan, 0}), Status::kRange);
  ASSERT_EQ(adapter.create(AdapterConfig{{65536, 65536, 1}, 1, 1, 0}), Status::kOk);
  std::vector<float> a(65536, 1), b(65536, 1);
  b[65535] = nan;
  EXPECT_EQ(adapter->write(a.data(), b.data()), Status::kNotFinite);
  EXPECT_EQ(adapter->b[0], 0) << "nothing was written";
}

}  // namespace
}  // namespace microlora
