// The forward pass against the time that only reading its weights from the first cache takes.
//
// Run with --benchmark_repetitions=21 --benchmark_enable_random_interleaving=true and compare medians.
#include <benchmark/benchmark.h>

#include "feedback.h"
#include "simd.h"

namespace microlora {
namespace {

constexpr std::uint32_t kRank = 2;

Owned<FeedbackAdapter> make(std::uint32_t dim) {
  Owned<FeedbackAdapter> adapter;
  if (adapter.create(FeedbackConfig{{dim, dim, kRank}, 4, 1}) != Status::kOk) std::abort();
  for (std::uint32_t i = 0; i < dim; ++i) adapter->x[i] = adapter->b[i] = 0.001f * static_cast<float>(i % 7);
  return adapter;
}

void forward_pass(benchmark::State& state) {
  auto adapter = make(static_cast<std::uint32_t>(state.range(0)));
  for (auto _ : state) {
    benchmark::DoNotOptimize(adapter->forward(adapter->x, adapter->y, Into::kReplace));
    benchmark::ClobberMemory();
  }
}

/// Loads every vector of A and B once and does nothing with it.
template <class Vector>
void read_weights(benchmark::State& state) {
  auto adapter = make(static_cast<std::uint32_t>(state.range(0)));
  const std::size_t size = adapter->a_size() + adapter->b_size();
  constexpr std::size_t kStep = sizeof(Vector) / sizeof(float);
  for (auto _ : state) {
    const float* p = adapter->a;
    for (std::size_t i = 0; i < size; i += 8 * kStep) {
      for (std::size_t k = 0; k < 8; ++k) {
        Vector v = *reinterpret_cast<const Vector*>(p + i + k * kStep);
        asm volatile("" : : "v"(v));
      }
    }
  }
}

BENCHMARK(forward_pass)->Arg(256)->Arg(768)->Arg(1024)->Arg(2048);
#if defined(__AVX512F__)
BENCHMARK(read_weights<F16>)->Arg(256)->Arg(768)->Arg(1024)->Arg(2048);
#elif defined(__AVX__)
using F8 = float __attribute__((vector_size(32)));
BENCHMARK(read_weights<F8>)->Arg(256)->Arg(768)->Arg(1024)->Arg(2048);
#else
BENCHMARK(read_weights<F4>)->Arg(256)->Arg(768)->Arg(1024)->Arg(2048);
#endif

}  // namespace
}  // namespace microlora
