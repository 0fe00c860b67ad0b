#include "kernels/gemm/gemm.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <map>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "kernels/bfloat16/amx_emulator.h"
#include "kernels/dequant/random_stored.h"
#include "kernels/isa.h"

namespace lab::kernels {
namespace {

struct Scratch {
  explicit Scratch(int threads)
      : floats(static_cast<float*>(::operator new[](
            sizeof(float) * gemm_scratch_floats() * threads, std::align_val_t{64}))) {}
  ~Scratch() { ::operator delete[](floats, std::align_val_t{64}); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  float* floats;
};

void run(const Gemm& problem, int threads) {
  static std::map<int, std::unique_ptr<ThreadPool>> pools;
  auto& pool = pools[threads];
  if (!pool) pool = std::make_unique<ThreadPool>(threads);
  const Scratch scratch(threads);
  gemm(problem, *pool, scratch.floats);
}

struct Case {
  std::int64_t m = 1, n = 1;
  std::vector<std::int64_t> ks;
  DType dtype = DType::kF32;
  bool a_transposed = false, b_is_nk = true, c_transposed = false;
  bool accumulate = false, column_scale = false, bias = false;
  std::vector<int> other_threads = {};
  bool bfloat16 = false;
};

std::string describe(const Case& c) {
  std::string text = "m " + std::to_string(c.m) + " n " + std::to_string(c.n) + " k";
  for (auto k : c.ks) text += " " + std::to_string(k);
  text += " " + std::string(name(c.dtype)) + (c.a_transposed ? " a^T" : "") +
          (c.b_is_nk ? " nk" : " kn") + (c.c_transposed ? " c^T" : "") +
          (c.accumulate ? " accumulate" : "") + (c.column_scale ? " column_scale" : "") +
          (c.bias ? " bias" : "") + (c.bfloat16 ? " bfloat16" : "");
  return text;
}

/// Runs a case on the current ISA against sums in double precision; other thread counts must give
/// the same bits.
void check(const Case& c) {
  SCOPED_TRACE(describe(c));
  std::vector<std::vector<float>> as;
  std::vector<Stored> bs;
  std::vector<GemmTerm> terms;
  as.reserve(c.ks.size());
  bs.reserve(c.ks.size());
  for (std::size_t t = 0; t < c.ks.size(); ++t) {
    const std::int64_t k = c.ks[t];
    const auto id = static_cast<std::uint32_t>(t);
    // The second and later terms are a low-rank pair: always float32.
    const DType dtype = t == 0 ? c.dtype : DType::kF32;
    GemmTerm term;
    const std::int64_t stride = (c.a_transposed ? c.m : k) + 3;
    as.push_back(random_floats(stride * (c.a_transposed ? k : c.m), 10 + id));
    term.a = as.back().data();
    term.a_row_stride = c.a_transposed ? 1 : stride;
    term.a_col_stride = c.a_transposed ? stride : 1;
    bs.push_back(c.b_is_nk ? random_stored(dtype, c.n, k, 20 + id, 4)
                           : random_stored(dtype, k, c.n, 20 + id, 4));
    term.b = bs.back().view;
    term.b_is_nk = c.b_is_nk;
    term.k = k;
    term.scale = c.ks.size() > 1 && t == 0 ? 1.0f : 0.375f;
    terms.push_back(term);
  }
  const auto column_scale = random_floats(c.n, 31), bias = random_floats(c.n, 32);
  const std::int64_t c_stride = (c.c_transposed ? c.m : c.n) + 5;
  const auto before = random_floats(c_stride * (c.c_transposed ? c.n : c.m), 33);
  auto out = before;
  Gemm g;
  g.m = c.m;
  g.n = c.n;
  g.terms = terms;
  g.c = out.data();
  g.c_row_stride = c.c_transposed ? 1 : c_stride;
  g.c_col_stride = c.c_transposed ? c_stride : 1;
  g.column_scale = c.column_scale ? column_scale.data() : nullptr;
  g.bias = c.bias ? bias.data() : nullptr;
  g.accumulate = c.accumulate;
  g.bfloat16 = c.bfloat16;
  // bfloat16 has 8 bits: each of two operands is off by at most 2^-9 of itself.
  const double tolerance = c.bfloat16 ? 0x1.02p-8 : 3e-6;
  run(g, 1);

  auto untouched = before;
  for (std::int64_t i = 0; i < c.m; ++i) {
    for (std::int64_t j = 0; j < c.n; ++j) {
      double sum = 0, size = 1;
      for (std::size_t t = 0; t < terms.size(); ++t) {
        const GemmTerm& term = terms[t];
        for (std::int64_t p = 0; p < term.k; ++p) {
          const double b = bs[t].values[c.b_is_nk ? j * term.k + p : p * c.n + j];
          const double product =
              double{term.scale} * term.a[i * term.a_row_stride + p * term.a_col_stride] * b;
          sum += product;
          size += std::abs(product);
        }
      }
      const std::int64_t at = i * g.c_row_stride + j * g.c_col_stride;
      double expected = sum * (c.column_scale ? column_scale[j] : 1.0);
      if (c.bias) expected += bias[j];
      if (c.accumulate) expected += before[at];
      ASSERT_NEAR(out[at], expected, tolerance * size) << "at " << i << ", " << j;
      untouched[at] = out[at];
    }
  }
  ASSERT_EQ(out, untouched) << "wrote outside C";

  for (int threads : c.other_threads) {
    auto again = before;
    g.c = again.data();
    run(g, threads);
    ASSERT_EQ(std::memcmp(again.data(), out.data(), sizeof(float) * out.size()), 0)
        << threads << " threads";
  }
}

class GemmOnEachIsa : public testing::TestWithParam<Isa> {
 protected:
  void SetUp() override { force_isa(GetParam()); }
  void TearDown() override { force_isa(attainable_isas().back()); }
};

INSTANTIATE_TEST_SUITE_P(Isa, GemmOnEachIsa, testing::ValuesIn(attainable_isas()),
                         [](const auto& isa) { return test_name(isa.param); });

TEST_P(GemmOnEachIsa, MatchesDoubleSumsAtEverySmallSize) {
  for (std::int64_t m : {1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 15, 23, 24, 25, 37})
    for (std::int64_t n : {1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 32, 33, 47, 63, 65})
      for (std::int64_t k : {1, 3, 4, 8, 17, 70})
        for (int layout = 0; layout < 4; ++layout)
          check({.m = m, .n = n, .ks = {k}, .a_transposed = (layout & 1) != 0,
                 .b_is_nk = (layout & 2) != 0});
}

TEST_P(GemmOnEachIsa, CutsLongSumsIntoBlocks) {
  for (std::int64_t k : {640, 641, 655, 656, 1281, 2000})
    for (std::int64_t n : {5, 35})
      for (int layout = 0; layout < 4; ++layout)
        check({.m = 14, .n = n, .ks = {k}, .a_transposed = (layout & 1) != 0,
               .b_is_nk = (layout & 2) != 0, .accumulate = k % 2 == 0, .column_scale = true,
               .bias = true});
}

TEST_P(GemmOnEachIsa, AddsSeveralTermsScaleBiasAndOldContents) {
  for (int options = 0; options < 64; ++options)
    check({.m = 13, .n = 37, .ks = {67, 8, 1, 0, 16}, .a_transposed = (options & 1) != 0,
           .b_is_nk = (options & 2) != 0, .c_transposed = (options & 4) != 0,
           .accumulate = (options & 8) != 0, .column_scale = (options & 16) != 0,
           .bias = (options & 32) != 0});
}

TEST_P(GemmOnEachIsa, MultipliesFewColumnsOrFewRows) {
  for (int options = 0; options < 64; ++options) {
    Case c = {.m = 75, .n = 11, .ks = {700}, .a_transposed = (options & 1) != 0,
              .b_is_nk = (options & 2) != 0, .c_transposed = (options & 4) != 0,
              .accumulate = (options & 8) != 0, .column_scale = (options & 16) != 0,
              .bias = (options & 32) != 0};
    check(c);
    std::swap(c.m, c.n);
    check(c);
    c.n = 64;
    check(c);
  }
}

TEST_P(GemmOnEachIsa, GivesTheSameBitsAtAnyThreadCount) {
  for (DType dtype : {DType::kF32, DType::kQ4_1})
    for (std::int64_t m : {8, 100})
      for (std::int64_t n : {8, 64, 320})
        for (int layout = 0; layout < 4; ++layout)
          check({.m = m, .n = n, .ks = {704, 8}, .dtype = n % 32 == 0 ? dtype : DType::kF32,
                 .a_transposed = (layout & 1) != 0, .b_is_nk = (layout & 2) != 0,
                 .accumulate = true, .other_threads = {2, 3, 5}});
  check({.m = 100, .n = 8, .ks = {700}, .other_threads = {2, 3, 5}});
  check({.m = 100, .n = 8, .ks = {700}, .a_transposed = true, .b_is_nk = false,
         .other_threads = {2, 3, 5}});
}

TEST_P(GemmOnEachIsa, WithoutTermsWritesTheBias) {
  for (bool accumulate : {false, true})
    check({.m = 5, .n = 40, .ks = {}, .accumulate = accumulate, .bias = true});
}

TEST_P(GemmOnEachIsa, HandlesMoreRowsThanOneBlock) {
  check({.m = 1200, .n = 33, .ks = {640, 8}});
}

TEST_P(GemmOnEachIsa, MultipliesEveryStoredType) {
  for (DType dtype : kDecodableTypes) {
    const std::int64_t block = info(dtype).block_elements;
    for (std::int64_t blocks : {1, 2, 3, 5, 21}) {
      const std::int64_t side = block == 1 ? blocks * 17 : blocks * block;
      for (std::int64_t m : {1, 7, 17}) {
        check({.m = m, .n = 37, .ks = {side, 8}, .dtype = dtype});
        check({.m = m, .n = side, .ks = {37, 8}, .dtype = dtype, .b_is_nk = false});
      }
    }
  }
}

TEST_P(GemmOnEachIsa, CutsLongSumsBetweenQuantisedBlocks) {
  for (DType dtype : {DType::kQ4_1, DType::kQ4_K})
    for (std::int64_t k : {768, 1280, 2304})
      check({.m = 14, .n = 130, .ks = {k, 64, 3}, .dtype = dtype, .other_threads = {2}});
}

TEST_P(GemmOnEachIsa, DecodesToTheSameBitsAsTheReference) {
  constexpr std::int64_t kSide = 512;
  std::vector<float> identity(kSide * kSide), out(kSide * kSide);
  for (std::int64_t i = 0; i < kSide; ++i) identity[i * kSide + i] = 1.0f;
  for (DType dtype : kDecodableTypes) {
    const Stored b = random_stored(dtype, kSide, kSide, 3);
    for (bool b_is_nk : {false, true}) {
      const GemmTerm term = {.a = identity.data(), .a_row_stride = kSide, .b = b.view,
                             .b_is_nk = b_is_nk, .k = kSide};
      Gemm g;
      g.m = g.n = kSide;
      g.terms = {&term, 1};
      g.c = out.data();
      g.c_row_stride = b_is_nk ? 1 : kSide;
      g.c_col_stride = b_is_nk ? kSide : 1;
      run(g, 2);
      EXPECT_EQ(out, b.values) << name(dtype) << (b_is_nk ? " nk" : " kn");
    }
  }
}

/// On vectors, and on the tile registers of AMX, emulated where the processor has none.
class GemmInBfloat16 : public testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    if (!computes_bfloat16()) GTEST_SKIP() << "this machine does not multiply bfloat16 numbers";
    amx_.emplace(GetParam());
  }
  void TearDown() override { amx_.reset(); }

 private:
  std::optional<AmxForTest> amx_;
};

INSTANTIATE_TEST_SUITE_P(Unit, GemmInBfloat16, testing::Bool(), [](const auto& amx) { return amx.param ? "Amx" : "Vectors"; });

TEST_P(GemmInBfloat16, MatchesDoubleSumsAtEverySmallSize) {
  for (std::int64_t m : {1, 25, 26, 28, 29, 32, 33, 36, 37, 48})
    for (std::int64_t n : {1, 31, 33, 47, 48, 49, 63, 65, 96, 130})
      for (std::int64_t k : {1, 2, 3, 17, 70})
        for (int layout = 0; layout < 8; ++layout)
          check({.m = m, .n = n, .ks = {k, 8, 3}, .a_transposed = (layout & 1) != 0, .b_is_nk = (layout & 2) != 0,
                 .accumulate = (layout & 4) != 0, .bfloat16 = true});
}

TEST_P(GemmInBfloat16, MultipliesEveryStoredTypeAtAnyThreadCount) {
  for (DType dtype : kDecodableTypes)
    for (bool b_is_nk : {false, true})
      check({.m = 100, .n = 512, .ks = {768, 8}, .dtype = dtype, .b_is_nk = b_is_nk, .accumulate = true, .column_scale = true,
             .bias = true, .other_threads = {2, 3}, .bfloat16 = true});
}

TEST_P(GemmInBfloat16, RoundsItsOperands) {
  constexpr std::int64_t kSide = 64;
  // 1 + 2^-9 lies halfway between 1 and the next bfloat16; the even one is 1. 2^-8 + 1 is the next but one half.
  for (const auto& [value, rounded] : {std::pair{1 + 0x1p-9f, 1.0f}, {1 + 0x1.8p-8f, 1 + 0x1p-7f}, {0x1p-126f, 0x1p-126f}, {-3.0e38f, -0x1.c4p127f}}) {
    const std::vector<float> a(kSide * kSide, value);
    std::vector<float> identity(kSide * kSide), out(kSide * kSide);
    for (std::int64_t i = 0; i < kSide; ++i) identity[i * kSide + i] = 1.0f;
    const GemmTerm term = {.a = a.data(), .a_row_stride = kSide, .b = float_matrix(identity.data(), kSide, kSide, kSide), .k = kSide};
    run({.m = kSide, .n = kSide, .terms = {&term, 1}, .c = out.data(), .c_row_stride = kSide, .bfloat16 = true}, 1);
    EXPECT_EQ(out, std::vector<float>(kSide * kSide, rounded)) << value;
  }
}

}  // namespace
}  // namespace lab::kernels
