// Measures attention forward, backward and decoding beside the machine's own FMA peak.
//
//   kernels_bench --benchmark_filter='attention/.*AVX-512/1'
//
// Only products of visible queries and keys count as work: two for the forward, five for the
// backward. GFLOPS is that of the fastest repetition; "peak" is its share of the FMA peak.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <ctime>
#include <new>
#include <string>
#include <vector>

#include "base/rng.h"
#include "kernels/attention/attention.h"
#include "kernels/peak/peak.h"
#include "kernels/isa.h"

namespace lab::kernels {
namespace {

/// With one thread its processor time, which other work on the machine disturbs less.
double now_s(int threads) {
  timespec time{};
  clock_gettime(threads == 1 ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

template <class Work>
double seconds(int threads, const Work& work) {
  const double start = now_s(threads);
  work();
  return now_s(threads) - start;
}

struct Shape {
  std::int64_t queries, keys, heads, kv_heads, head_dim;
  bool backward, bfloat16 = false;
};

std::vector<float> random_floats(std::int64_t count) {
  const Philox philox(1, Stream::kInit);
  std::vector<float> values(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = philox.uniform(i) - 0.5f;
  return values;
}

void bench(benchmark::State& state, Shape shape, Isa isa, int threads) {
  force_isa(isa);
  ThreadPool pool(threads);
  const double peak = fma_peak(pool);
  const std::int64_t rows = shape.queries * shape.heads * shape.head_dim;
  const std::int64_t key_rows = shape.keys * shape.kv_heads * shape.head_dim;
  const auto q = random_floats(rows), d_out = random_floats(rows);
  const auto k = random_floats(key_rows), v = random_floats(key_rows);
  auto out = q, dq = q, dk = k, dv = k;
  std::vector<float> log_sum_exp(static_cast<std::size_t>(shape.queries * shape.heads));
  auto delta = log_sum_exp;
  std::vector<std::int32_t> begin(static_cast<std::size_t>(shape.queries)), end = begin;
  double visible = 0;
  for (std::int64_t t = 0; t < shape.queries; ++t) {
    const std::int64_t seen = shape.keys - shape.queries + t + 1;
    end[static_cast<std::size_t>(t)] = static_cast<std::int32_t>(seen);
    visible += static_cast<double>(seen);
  }
  auto* scratch = static_cast<float*>(::operator new[](
      sizeof(float) * static_cast<std::size_t>(attention_scratch_floats() * threads),
      std::align_val_t{64}));
  const Attention forward{shape.queries, shape.keys, shape.heads, shape.kv_heads, shape.head_dim,
                          0.125f, q.data(), k.data(), v.data(), begin.data(), end.data(),
                          out.data(), log_sum_exp.data(), shape.bfloat16};
  const AttentionGradient gradient{forward, d_out.data(), delta.data(), dq.data(), dk.data(),
                                   dv.data()};
  attention(forward, pool, scratch);
  double best = 1e9;
  for (auto _ : state)
    best = std::min(best, seconds(threads, [&] {
      if (shape.backward) attention_gradient(gradient, pool, scratch);
      else attention(forward, pool, scratch);
    }));
  const double flops = (shape.backward ? 5 : 2) * 2.0 * visible *
                       static_cast<double>(shape.heads * shape.head_dim);
  state.counters["GFLOPS"] = flops / best * 1e-9;
  state.counters["peak"] = flops / best / peak;
  state.counters["us"] = best * 1e6;
  ::operator delete[](scratch, std::align_val_t{64});
}

const bool registered = [] {
  for (const Isa isa : attainable_isas())
    for (const int threads : {1, 2})
      for (const Shape& s :
           {Shape{512, 512, 9, 3, 64, false}, {512, 512, 9, 3, 64, true},
            {2048, 2048, 9, 3, 64, false}, {2048, 2048, 9, 3, 64, true},
            {2048, 2048, 9, 3, 64, false, true}, {2048, 2048, 9, 3, 64, true, true},
            {512, 512, 32, 32, 80, false}, {512, 512, 32, 32, 80, true},
            {512, 512, 8, 1, 256, false}, {512, 512, 8, 1, 256, true},
            {1, 512, 9, 3, 64, false}, {1, 8192, 9, 3, 64, false}}) {
        if (s.bfloat16 && (isa != current_isa() || !computes_bfloat16())) continue;
        const std::string text =
            std::string(s.bfloat16 ? "attention/bfloat16/" : "attention/") + (s.backward ? "backward/" : "forward/") +
            std::to_string(s.queries) + "x" + std::to_string(s.keys) + "/" +
            std::to_string(s.heads) + ":" + std::to_string(s.kv_heads) + "x" +
            std::to_string(s.head_dim) + "/" + std::string(name(isa)) + "/" +
            std::to_string(threads);
        benchmark::RegisterBenchmark(text.c_str(), bench, s, isa, threads)
            ->UseRealTime()
            ->MinTime(0.2);
      }
  return true;
}();

}  // namespace
}  // namespace lab::kernels
