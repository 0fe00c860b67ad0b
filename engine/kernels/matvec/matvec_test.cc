#include "kernels/matvec/matvec.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "kernels/dequant/random_stored.h"
#include "kernels/isa.h"

namespace lab::kernels {
namespace {

struct Case {
  std::int64_t rows = 1, cols = 1, vectors = 1, rank = 0;
  DType dtype = DType::kF32;
  bool accumulate = false, column_scale = false, bias = false;
  std::vector<int> threads = {1};
};

void check(const Case& c) {
  SCOPED_TRACE(testing::Message() << c.rows << " x " << c.cols << " " << name(c.dtype) << ", "
                                  << c.vectors << " vectors, rank " << c.rank);
  const Stored w = random_stored(c.dtype, c.rows, c.cols, 1, 4);
  const auto x = random_floats(c.vectors * c.cols, 2), u = random_floats(c.vectors * c.rank, 3);
  const auto b = random_floats(c.rows * c.rank, 4), column_scale = random_floats(c.rows, 5);
  const auto bias = random_floats(c.rows, 6), before = random_floats(c.rows * c.vectors, 7);
  std::vector<float> first;
  for (int threads : c.threads) {
    auto y = before;
    Matvec p;
    p.vectors = c.vectors;
    p.x = x.data();
    p.w = w.view;
    p.u = c.rank > 0 ? u.data() : nullptr;
    p.b = b.data();
    p.rank = c.rank;
    p.scale = 0.375f;
    p.column_scale = c.column_scale ? column_scale.data() : nullptr;
    p.bias = c.bias ? bias.data() : nullptr;
    p.y = y.data();
    p.accumulate = c.accumulate;
    ThreadPool pool(threads);
    matvec(p, pool);
    if (first.empty()) first = y;
    ASSERT_EQ(y, first) << threads << " threads";
  }
  for (std::int64_t v = 0; v < c.vectors; ++v) {
    for (std::int64_t j = 0; j < c.rows; ++j) {
      double sum = 0, size = 1, rounding = 0;
      for (std::int64_t i = 0; i < c.cols; ++i) {
        const double product = double{w.values[j * c.cols + i]} * x[v * c.cols + i];
        sum += product;
        size += std::abs(product);
        // All |x| are below 1.
        rounding += matvec_rounding(c.dtype) * std::abs(w.values[j * c.cols + i]);
      }
      for (std::int64_t r = 0; r < c.rank; ++r)
        sum += 0.375 * b[j * c.rank + r] * u[v * c.rank + r];
      if (c.column_scale) sum *= column_scale[j];
      if (c.bias) sum += bias[j];
      if (c.accumulate) sum += before[v * c.rows + j];
      ASSERT_NEAR(first[v * c.rows + j], sum, 2e-6 * size + rounding) << "vector " << v << ", row " << j;
    }
  }
}

class MatvecOnEachIsa : public testing::TestWithParam<Isa> {
 protected:
  void SetUp() override { force_isa(GetParam()); }
  void TearDown() override { force_isa(attainable_isas().back()); }
};

INSTANTIATE_TEST_SUITE_P(Isa, MatvecOnEachIsa, testing::ValuesIn(attainable_isas()),
                         [](const auto& isa) { return test_name(isa.param); });

TEST_P(MatvecOnEachIsa, MatchesDoubleSumsAtEverySmallSize) {
  for (std::int64_t cols = 1; cols <= 70; ++cols)
    check({.rows = 1 + cols % 9, .cols = cols, .vectors = 1 + cols % 8});
}

TEST_P(MatvecOnEachIsa, MultipliesEveryStoredTypeByEveryNumberOfVectors) {
  for (DType dtype : kDecodableTypes) {
    const std::int64_t block = info(dtype).block_elements;
    for (std::int64_t vectors = 1; vectors <= kMatvecMaxVectors; ++vectors)
      for (std::int64_t cols : {block, 3 * block, block == 1 ? 77 : 6 * block})
        check({.rows = 11, .cols = cols, .vectors = vectors, .dtype = dtype});
  }
}

TEST_P(MatvecOnEachIsa, AddsThePairScaleBiasAndOldContents) {
  for (int options = 0; options < 8; ++options)
    for (std::int64_t rank : {0, 1, 7, 8, 16, 17, 33})
      check({.rows = 50, .cols = 64, .vectors = 3, .rank = rank, .dtype = DType::kQ4_1,
             .accumulate = (options & 1) != 0, .column_scale = (options & 2) != 0,
             .bias = (options & 4) != 0});
}

TEST_P(MatvecOnEachIsa, GivesTheSameBitsAtAnyThreadCount) {
  for (std::int64_t vectors : {1, 3})
    check({.rows = 1001, .cols = 576, .vectors = vectors, .rank = 8, .dtype = DType::kQ4_1,
           .threads = {1, 2, 3, 5}});
}

}  // namespace
}  // namespace lab::kernels
