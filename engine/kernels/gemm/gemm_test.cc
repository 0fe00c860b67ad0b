#include "kernels/gemm/gemm.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include "base/rng.h"
#include "kernels/isa.h"
#include "tensor/decode.h"

namespace lab::kernels {
namespace {

std::vector<float> random_floats(std::int64_t count, std::uint32_t substream) {
  const Philox philox(7, Stream::kInit, substream);
  std::vector<float> values(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = 2 * philox.uniform(i) - 1;
  return values;
}

/// A stored matrix with random contents, and its decoded values.
struct Stored {
  std::vector<std::byte> bytes;
  std::vector<float> values;
  MatrixView view;
};

/// Random bits are valid blocks of every type once the half-precision scales are moderate: all
/// bytes in pairs that look like halves below 2 in size.
Stored random_stored(DType dtype, std::int64_t rows, std::int64_t cols, std::uint32_t substream,
                     std::int64_t extra_bytes = 0) {
  Stored s;
  const DTypeInfo& type = info(dtype);
  const auto row_bytes = static_cast<std::int64_t>(*storage_bytes(dtype, cols)) + extra_bytes;
  s.bytes.resize(static_cast<std::size_t>(rows * row_bytes) + 1);
  s.values.resize(static_cast<std::size_t>(rows * cols));
  const Philox philox(11, Stream::kInit, substream);
  if (dtype == DType::kF32) {
    const auto values = random_floats(rows * cols, substream);
    for (std::int64_t i = 0; i < rows; ++i)
      std::memcpy(&s.bytes[i * row_bytes], &values[i * cols], sizeof(float) * cols);
  } else {
    for (std::size_t i = 0; i < s.bytes.size(); ++i) {
      const std::uint32_t word = philox.word(i);
      // The odd byte of a half or bfloat16 holds its exponent.
      s.bytes[i] = static_cast<std::byte>(type.block_elements == 1 && i % 2 == 1 ? word & 0xbb
                                                                                   : word & 0xff);
    }
  }
  const std::int64_t blocks = cols / type.block_elements;
  if (type.block_elements > 1) {
    // Scales: every half of the block's head and tail is made small and finite.
    for (std::int64_t i = 0; i < rows; ++i) {
      for (std::int64_t b = 0; b < blocks; ++b) {
        std::byte* block = &s.bytes[i * row_bytes + b * type.block_bytes];
        const auto small = [&](std::int64_t at) {
          const std::uint16_t half = float_to_half(
              0.25f + 0.5f * philox.uniform(static_cast<std::uint64_t>(at + b * 1000 + i)));
          std::memcpy(block + at, &half, 2);
        };
        small(0);
        if (dtype == DType::kQ4_1 || dtype == DType::kQ5_1 || dtype == DType::kQ4_K ||
            dtype == DType::kQ5_K)
          small(2);
        if (dtype == DType::kQ6_K || dtype == DType::kQ3_K) small(type.block_bytes - 2);
        if (dtype == DType::kQ2_K) small(type.block_bytes - 2), small(type.block_bytes - 4);
      }
    }
  }
  for (std::int64_t i = 0; i < rows; ++i)
    decode(dtype, &s.bytes[i * row_bytes], cols, &s.values[i * cols]);
  s.view = {s.bytes.data(), dtype, rows, cols, row_bytes};
  return s;
}

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
  ThreadPool pool(threads);
  Scratch scratch(threads);
  gemm(problem, pool, scratch.floats);
}

struct Case {
  std::int64_t m = 1, n = 1;
  std::vector<std::int64_t> ks;
  DType dtype = DType::kF32;
  bool a_transposed = false, b_is_nk = true, c_transposed = false;
  bool accumulate = false, column_scale = false, bias = false;
};

std::string describe(const Case& c) {
  std::string text = "m " + std::to_string(c.m) + " n " + std::to_string(c.n) + " k";
  for (auto k : c.ks) text += " " + std::to_string(k);
  text += " " + std::string(name(c.dtype)) + (c.a_transposed ? " a^T" : "") +
          (c.b_is_nk ? " nk" : " kn") + (c.c_transposed ? " c^T" : "") +
          (c.accumulate ? " accumulate" : "") + (c.column_scale ? " column_scale" : "") +
          (c.bias ? " bias" : "");
  return text;
}

/// Runs a case on the current ISA against sums in double precision, and at several thread counts.
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
    term.scale = t == 0 ? 1.0f : 0.375f;
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
      ASSERT_NEAR(out[at], expected, 3e-6 * size) << "at " << i << ", " << j;
      untouched[at] = out[at];
    }
  }
  ASSERT_EQ(out, untouched) << "wrote outside C";

  for (int threads : {2, 3, 5}) {
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
                         [](const auto& param) {
                           return param.param == Isa::kAvx512 ? std::string("Avx512")
                                                              : std::string(name(param.param));
                         });

TEST_P(GemmOnEachIsa, MatchesDoubleSumsAtEverySmallSize) {
  for (std::int64_t m : {1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 15, 23, 24, 25, 37})
    for (std::int64_t n : {1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 32, 33, 47, 63, 65})
      for (std::int64_t k : {1, 2, 3, 4, 5, 8, 15, 17, 70})
        for (int layout = 0; layout < 4; ++layout)
          check({.m = m, .n = n, .ks = {k}, .a_transposed = (layout & 1) != 0,
                 .b_is_nk = (layout & 2) != 0});
}

TEST_P(GemmOnEachIsa, CutsLongSumsIntoBlocks) {
  for (std::int64_t k : {640, 641, 655, 656, 1281, 2000})
    for (int layout = 0; layout < 4; ++layout)
      check({.m = 14, .n = 35, .ks = {k}, .a_transposed = (layout & 1) != 0,
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

TEST_P(GemmOnEachIsa, WithoutTermsWritesTheBias) {
  for (bool accumulate : {false, true})
    check({.m = 5, .n = 40, .ks = {}, .accumulate = accumulate, .bias = true});
}

TEST_P(GemmOnEachIsa, HandlesMoreRowsThanOneBlock) {
  check({.m = 1200, .n = 33, .ks = {640, 8}});
}

TEST_P(GemmOnEachIsa, DecodesEveryStoredType) {
  for (DType dtype : {DType::kF32, DType::kF16, DType::kBF16, DType::kQ4_0, DType::kQ4_1,
                      DType::kQ5_0, DType::kQ5_1, DType::kQ8_0, DType::kQ2_K, DType::kQ3_K,
                      DType::kQ4_K, DType::kQ5_K, DType::kQ6_K, DType::kIQ4_NL, DType::kIQ4_XS}) {
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

}  // namespace
}  // namespace lab::kernels
