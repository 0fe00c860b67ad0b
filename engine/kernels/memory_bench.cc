// Measures the kernels that go through memory once or a few times, in bytes read and written.
//
//   kernels_bench --benchmark_filter='memory/.*AVX-512/1'
//
// The shapes are those of a step of 512 tokens of a 135M model: what fits the second-level cache
// runs from there. One thread is timed by its processor time.

#include <benchmark/benchmark.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/rng.h"
#include "kernels/adamw/adamw.h"
#include "kernels/cross_entropy/cross_entropy.h"
#include "kernels/dropout/dropout.h"
#include "kernels/elementwise/elementwise.h"
#include "kernels/grad_norm/grad_norm.h"
#include "kernels/isa.h"
#include "kernels/rms_norm/rms_norm.h"
#include "kernels/rope/rope.h"
#include "kernels/swiglu/swiglu.h"

namespace lab::kernels {
namespace {

constexpr std::int64_t kTokens = 512, kHidden = 576, kFeedForward = 1536, kVocab = 49152;
constexpr std::int64_t kLossRows = 64, kParams = 2'442'240;

std::vector<float> random_floats(std::int64_t count) {
  const Philox philox(1, Stream::kInit);
  std::vector<float> values(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = philox.uniform(i);
  return values;
}

/// `floats` numbers are read or written by one call of work(a, b, c, d, pool), arrays of `count`.
struct Subject {
  std::string name;
  std::int64_t count, floats;
  std::function<void(float*, float*, float*, float*, ThreadPool&)> work;
};

const std::vector<std::int32_t>& targets() {
  static const std::vector<std::int32_t> all(kTokens, 5);
  return all;
}

std::vector<Subject> subjects() {
  constexpr std::int64_t kRows = kTokens * kHidden, kWide = kTokens * kFeedForward;
  return {
      {"add", kRows, 3 * kRows,
       [](float* a, float* b, float*, float*, ThreadPool& pool) { add(a, b, kRows, pool); }},
      {"rms_norm", kRows, 2 * kRows,
       [](float* a, float* b, float* c, float*, ThreadPool& pool) {
         rms_norm({kTokens, kHidden, 1e-5, a, b, c}, pool);
       }},
      {"rms_norm_gradient", kRows, 3 * kRows,
       [](float* a, float* b, float* c, float* d, ThreadPool& pool) {
         rms_norm_gradient({kTokens, kHidden, 1e-5, a, b, c, d, nullptr, false}, pool);
       }},
      {"rope", kRows, 2 * kRows,
       [](float* a, float* b, float* c, float*, ThreadPool& pool) {
         rope({kTokens, kHidden / 64, 64, 64, false, targets().data(), a, b, c, false}, pool);
       }},
      {"swiglu", kWide, 3 * kWide,
       [](float* a, float* b, float* c, float*, ThreadPool& pool) {
         swiglu(a, b, c, kWide, pool);
       }},
      {"swiglu_gradient", kWide, 5 * kWide,
       [](float* a, float* b, float* c, float*, ThreadPool& pool) {
         swiglu_gradient({kWide, a, b, c, a, b}, pool);
       }},
      {"cross_entropy", kLossRows * kVocab, 2 * kLossRows * kVocab,
       [](float* a, float* b, float*, float*, ThreadPool& pool) {
         cross_entropy({kLossRows, kVocab, a, targets().data(), b, true, 1.0f}, pool);
       }},
      {"dropout", kRows, 2 * kRows,
       [](float* a, float* b, float*, float*, ThreadPool& pool) {
         dropout({kRows, 0.1, 1, 2, a, b, false}, pool);
       }},
      {"grad_norm", kParams, kParams,
       [](float* a, float*, float*, float*, ThreadPool& pool) {
         benchmark::DoNotOptimize(euclidean_norm(a, kParams, pool));
       }},
      {"adamw", kParams, 7 * kParams,
       [](float* a, float* b, float* c, float* d, ThreadPool& pool) {
         adamw({.count = kParams, .params = a, .grads = b, .m = c, .v = d, .lr = 1e-9}, pool);
       }},
  };
}

void bench(benchmark::State& state, const Subject& subject, Isa isa, int threads) {
  force_isa(isa);
  ThreadPool pool(threads);
  auto a = random_floats(subject.count), b = a, c = a, d = a;
  for (auto _ : state) subject.work(a.data(), b.data(), c.data(), d.data(), pool);
  state.SetBytesProcessed(state.iterations() * subject.floats *
                          static_cast<std::int64_t>(sizeof(float)));
}

const bool registered = [] {
  for (const Isa isa : attainable_isas())
    for (const int threads : {1, 2})
      for (const Subject& subject : subjects()) {
        const std::string text = "memory/" + subject.name + "/" + std::string(name(isa)) + "/" +
                                 std::to_string(threads);
        auto* entry = benchmark::RegisterBenchmark(text.c_str(), bench, subject, isa, threads);
        if (threads > 1) entry->UseRealTime();
      }
  return true;
}();

}  // namespace
}  // namespace lab::kernels
