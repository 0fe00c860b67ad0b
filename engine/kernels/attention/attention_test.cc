// Attention against plain sums in double precision, and within its scratch.
#include "kernels/attention/attention.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <new>
#include <utility>
#include <vector>

#include "base/rng.h"
#include "kernels/bfloat16/amx_emulator.h"
#include "kernels/isa.h"

namespace lab::kernels {
namespace {

struct Problem {
  Problem(std::int64_t queries, std::int64_t keys, std::int64_t heads, std::int64_t kv_heads,
          std::int64_t head_dim)
      : q(random(queries * heads * head_dim)), k(random(keys * kv_heads * head_dim)),
        v(random(keys * kv_heads * head_dim)), out(q.size()),
        d_out(random(queries * heads * head_dim)),
        dq(q.size()), dk(k.size()), dv(v.size()),
        log_sum_exp(static_cast<std::size_t>(queries * heads)), delta(log_sum_exp.size()),
        begin(static_cast<std::size_t>(queries), 1),  // keys > queries: each sees one at least
        end(begin) {
    for (std::size_t t = 0; t < end.size(); ++t)
      end[t] = static_cast<std::int32_t>(keys - queries + static_cast<std::int64_t>(t) + 1);
    forward = {queries, keys, heads, kv_heads, head_dim, 0.3f, q.data(), k.data(), v.data(),
               begin.data(), end.data(), out.data(), log_sum_exp.data()};
    gradient = {forward, d_out.data(), delta.data(), dq.data(), dk.data(), dv.data()};
  }

  std::vector<float> random(std::int64_t count) {
    const Philox philox(3, Stream::kInit, ++substream);
    std::vector<float> values(static_cast<std::size_t>(count));
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = 2 * philox.uniform(i) - 1;
    return values;
  }

  std::uint32_t substream = 0;
  std::vector<float> q, k, v, out, d_out, dq, dk, dv, log_sum_exp, delta;
  std::vector<std::int32_t> begin, end;
  Attention forward;
  AttentionGradient gradient;
};

/// Runs both directions with exactly the scratch that was asked for; false if more was written.
bool run_in_scratch(Problem& p, int threads) {
  constexpr float kUntouched = 1234.5f;
  ThreadPool pool(threads);
  const auto floats = static_cast<std::size_t>(attention_scratch_floats() * threads);
  const std::align_val_t line{64};
  auto* scratch = static_cast<float*>(::operator new[]((floats + 64) * sizeof(float), line));
  std::fill(scratch + floats, scratch + floats + 64, kUntouched);
  attention(p.forward, pool, scratch);
  if (p.forward.queries > 1) attention_gradient(p.gradient, pool, scratch);
  bool untouched = true;
  for (std::size_t i = floats; i < floats + 64; ++i) untouched &= scratch[i] == kUntouched;
  ::operator delete[](scratch, line);
  return untouched;
}

void expect_plain_sums(const Problem& p) {
  const Attention& f = p.forward;
  for (std::int64_t t = 0; t < f.queries; ++t)
    for (std::int64_t h = 0; h < f.heads; ++h) {
      const std::int64_t kv_head = h / (f.heads / f.kv_heads);
      const float* q = f.q + (t * f.heads + h) * f.head_dim;
      std::vector<double> out(static_cast<std::size_t>(f.head_dim));
      double sum = 0;
      for (std::int64_t j = f.key_begin[t]; j < f.key_end[t]; ++j) {
        const std::int64_t row = (j * f.kv_heads + kv_head) * f.head_dim;
        double score = 0;
        for (std::int64_t d = 0; d < f.head_dim; ++d)
          score += static_cast<double>(q[d]) * static_cast<double>(f.k[row + d]);
        const double weight = std::exp(score * static_cast<double>(f.scale));
        sum += weight;
        for (std::int64_t d = 0; d < f.head_dim; ++d)
          out[static_cast<std::size_t>(d)] += weight * static_cast<double>(f.v[row + d]);
      }
      EXPECT_NEAR(f.log_sum_exp[t * f.heads + h], std::log(sum), 1e-5);
      for (std::int64_t d = 0; d < f.head_dim; ++d)
        ASSERT_NEAR(f.out[(t * f.heads + h) * f.head_dim + d],
                    out[static_cast<std::size_t>(d)] / sum, 1e-5);
    }
}

/// d_out is the gradient of a sum of its products with out; everything in double precision.
void expect_plain_gradients(const Problem& p, float tolerance) {
  const Attention& f = p.forward;
  const std::int64_t group = f.heads / f.kv_heads, dim = f.head_dim;
  std::vector<double> dq(p.dq.size()), dk(p.dk.size()), dv(p.dv.size());
  const auto dot = [&](const float* a, const float* b) {
    double sum = 0;
    for (std::int64_t d = 0; d < dim; ++d) sum += static_cast<double>(a[d]) * static_cast<double>(b[d]);
    return sum;
  };
  for (std::int64_t t = 0; t < f.queries; ++t)
    for (std::int64_t h = 0; h < f.heads; ++h) {
      const std::int64_t row = (t * f.heads + h) * dim;
      const double delta = dot(p.d_out.data() + row, f.out + row), scale = static_cast<double>(f.scale);
      for (std::int64_t j = f.key_begin[t]; j < f.key_end[t]; ++j) {
        const std::int64_t key = (j * f.kv_heads + h / group) * dim;
        const double weight = std::exp(dot(f.q + row, f.k + key) * scale - static_cast<double>(f.log_sum_exp[t * f.heads + h]));
        const double d_score = weight * (dot(p.d_out.data() + row, f.v + key) - delta) * scale;
        for (std::int64_t d = 0; d < dim; ++d) {
          dq[static_cast<std::size_t>(row + d)] += d_score * static_cast<double>(f.k[key + d]);
          dk[static_cast<std::size_t>(key + d)] += d_score * static_cast<double>(f.q[row + d]);
          dv[static_cast<std::size_t>(key + d)] += weight * static_cast<double>(p.d_out[static_cast<std::size_t>(row + d)]);
        }
      }
    }
  for (const auto& [got, wanted] : {std::pair{&p.dq, &dq}, {&p.dk, &dk}, {&p.dv, &dv}})
    for (std::size_t i = 0; i < got->size(); ++i) ASSERT_NEAR((*got)[i], (*wanted)[i], tolerance) << i;
}

TEST(Attention, ManyKeysMeetDocumentsAndWindows) {
  for (const Isa isa : attainable_isas()) {
    force_isa(isa);
    Problem p(1600, 1601, 3, 1, 24);
    for (std::size_t t = 0; t < p.begin.size(); ++t) {  // three documents, one of them with a window of 131
      const auto end = static_cast<std::int32_t>(t) + 2;
      p.end[t] = end;
      p.begin[t] = t < 70 ? 1 : t < 900 ? 71 : std::max(901, end - 131);
    }
    EXPECT_TRUE(run_in_scratch(p, 2));
    expect_plain_sums(p);
    expect_plain_gradients(p, 2e-5f);
    if (!computes_bfloat16()) continue;
    p.forward.bfloat16 = p.gradient.forward.bfloat16 = true;
    for (const bool on_tiles : {false, true}) {
      const AmxForTest amx(on_tiles);
      EXPECT_TRUE(run_in_scratch(p, 2));
      expect_plain_gradients(p, 3e-2f);
    }
  }
}

TEST(Attention, StaysInItsScratchAtTheLargestHeads) {
  for (const Isa isa : attainable_isas()) {
    force_isa(isa);
    for (const int threads : {1, 3}) {
      Problem many(100, 130, 2, 1, kAttentionMaxHeadDim), odd(61, 62, 3, 3, 255);
      EXPECT_TRUE(run_in_scratch(many, threads));
      EXPECT_TRUE(run_in_scratch(odd, threads));
      expect_plain_sums(many);
      expect_plain_sums(odd);
    }
  }
}

TEST(Attention, DecodesAnyNumberOfHeads) {
  for (const Isa isa : attainable_isas()) {
    force_isa(isa);
    // The last has more heads than the pieces of one query have room for.
    using Heads = std::pair<std::int64_t, std::int64_t>;
    for (const auto& [heads, kv_heads] : {Heads{9, 3}, {300, 2}, {800, 1}}) {
      Problem p(1, 700, heads, kv_heads, 256);
      EXPECT_TRUE(run_in_scratch(p, 2));
      expect_plain_sums(p);
    }
  }
}

/// The largest difference, as a share of the largest number of `exact`.
double difference(const std::vector<float>& exact, const std::vector<float>& near) {
  float largest = 0, off = 0;
  for (std::size_t i = 0; i < exact.size(); ++i) {
    largest = std::max(largest, std::abs(exact[i]));
    off = std::max(off, std::abs(exact[i] - near[i]));
  }
  return static_cast<double>(off / largest);
}

/// On vectors, and on the tile registers of AMX.
class AttentionInBfloat16 : public testing::TestWithParam<bool> {};

INSTANTIATE_TEST_SUITE_P(Unit, AttentionInBfloat16, testing::Bool(), [](const auto& amx) { return amx.param ? "Amx" : "Vectors"; });

TEST_P(AttentionInBfloat16, StaysCloseToFloats) {
  if (!computes_bfloat16()) GTEST_SKIP() << "this machine does not multiply bfloat16 numbers";
  const AmxForTest amx(GetParam());
  constexpr double kRounding = 0x1p-8;  // of one operand; sums of many average out
  for (const auto& [queries, keys, heads, kv_heads, head_dim] :
       {std::array{8, 9, 1, 1, 1}, {33, 47, 3, 1, 15}, {97, 149, 9, 3, 64}, {61, 62, 4, 2, 80}, {100, 130, 3, 3, 255}, {200, 201, 2, 1, 256}}) {
    Problem exact(queries, keys, heads, kv_heads, head_dim), near(queries, keys, heads, kv_heads, head_dim);
    Problem again(queries, keys, heads, kv_heads, head_dim);
    for (Problem* p : {&near, &again}) p->forward.bfloat16 = p->gradient.forward.bfloat16 = true;
    EXPECT_TRUE(run_in_scratch(exact, 1));
    EXPECT_TRUE(run_in_scratch(near, 1));
    EXPECT_TRUE(run_in_scratch(again, 3));
    EXPECT_NE(exact.out, near.out);
    EXPECT_LT(difference(exact.out, near.out), 2 * kRounding);
    for (const auto gradient : {&Problem::dq, &Problem::dk, &Problem::dv}) {
      EXPECT_LT(difference(exact.*gradient, near.*gradient), 4 * kRounding) << queries << 'x' << head_dim;
      EXPECT_EQ(near.*gradient, again.*gradient);
    }
    EXPECT_EQ(near.out, again.out);
  }
}

}  // namespace
}  // namespace lab::kernels
