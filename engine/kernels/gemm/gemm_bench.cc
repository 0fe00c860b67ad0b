// Measures gemm() on the shapes of small language models beside the machine's own FMA peak.
//
//   kernels_bench --benchmark_filter='gemm/.*/Q4_1/.*AVX-512/2'
//
// GFLOPS is that of the fastest repetition, so that other work on the machine disturbs it least;
// "peak" is its share of the FMA peak (for AMX: of what its tiles reach), measured with the same threads right before it.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <new>
#include <string>
#include <vector>

#include "base/rng.h"
#include "base/thread_pool.h"
#include "kernels/peak/peak.h"
#include "kernels/gemm/gemm.h"
#include "kernels/isa.h"
#include "tensor/decode.h"

namespace lab::kernels {
namespace {

double seconds(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

struct Shape { std::int64_t m, k, n; };

/// What multiplies.
struct Unit { std::string name; Isa isa; bool bfloat16 = false, amx = false; };

/// x W^T (forward) or dY W (input gradient) with W stored as dtype [n, k]; gradient shapes are
/// given as m x k x n too, the sum then runs over n.
void bench(benchmark::State& state, Shape shape, DType dtype, bool forward, std::int64_t rank,
           const Unit& unit, int threads) {
  force_isa(unit.isa);
  force_amx(unit.amx);
  ThreadPool pool(threads);
  const double peak = unit.amx ? amx_peak(pool) : fma_peak(pool);
  const std::int64_t k = forward ? shape.k : shape.n, n = forward ? shape.n : shape.k;
  const Philox philox(1, Stream::kInit);
  const auto floats = [&](std::int64_t count) {
    std::vector<float> values(static_cast<std::size_t>(count));
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = philox.uniform(i % 4096) - 0.5f;
    return values;
  };
  const auto row_bytes = static_cast<std::int64_t>(*storage_bytes(dtype, shape.k));
  std::vector<std::byte> weight(static_cast<std::size_t>(shape.n * row_bytes), std::byte{0x33});
  const auto a = floats(shape.m * k), u = floats(shape.m * 64), pair = floats(n * 64);
  std::vector<float> c(static_cast<std::size_t>(shape.m * n));
  auto* scratch = static_cast<float*>(::operator new[](
      sizeof(float) * gemm_scratch_floats() * threads, std::align_val_t{64}));
  std::vector<GemmTerm> terms(rank > 0 ? 2 : 1);
  terms[0] = {.a = a.data(), .a_row_stride = k, .a_col_stride = 1,
              .b = {weight.data(), dtype, shape.n, shape.k, row_bytes}, .b_is_nk = forward, .k = k};
  if (rank > 0)
    terms[1] = {.a = u.data(), .a_row_stride = rank, .a_col_stride = 1,
                .b = forward ? float_matrix(pair.data(), n, rank, rank)
                             : float_matrix(pair.data(), rank, n, n),
                .b_is_nk = forward, .k = rank, .scale = 2};
  Gemm g;
  g.m = shape.m;
  g.n = n;
  g.terms = terms;
  g.c = c.data();
  g.c_row_stride = n;
  g.bfloat16 = unit.bfloat16;

  double best = 1e9;
  for (auto _ : state) best = std::min(best, seconds([&] { gemm(g, pool, scratch); }));
  const double flops = 2.0 * static_cast<double>(shape.m * (k + rank) * n);
  state.counters["GFLOPS"] = flops / best * 1e-9;
  state.counters["peak"] = flops / best / peak;
  state.counters["peak_GFLOPS"] = peak * 1e-9;
  ::operator delete[](scratch, std::align_val_t{64});
}

constexpr Shape kShapes[] = {{512, 576, 576}, {512, 576, 192}, {512, 576, 1536}, {512, 1536, 576}, {128, 576, 49152}, {2048, 576, 1536},
                             {512, 2048, 2048}, {512, 2048, 5632}, {512, 5632, 2048}};

void register_shapes(DType dtype, bool forward, std::int64_t rank, const Unit& unit, int threads) {
  for (const Shape& s : kShapes) {
    if (s.k % info(dtype).block_elements != 0) continue;
    const std::string text = "gemm/" + std::string(forward ? "forward/" : "gradient/") + std::string(name(dtype)) + "/" + std::to_string(s.m) +
                             "x" + std::to_string(s.k) + "x" + std::to_string(s.n) + "/rank" + std::to_string(rank) + "/" + unit.name + "/" +
                             std::to_string(threads);
    benchmark::RegisterBenchmark(text.c_str(), bench, s, dtype, forward, rank, unit, threads)->UseRealTime()->MinTime(0.2);
  }
}

const bool registered = [] {
  std::vector<Unit> units;
  for (const Isa isa : attainable_isas()) units.push_back({std::string(name(isa)), isa});
  if (computes_bfloat16()) units.push_back({"AVX512-BF16", current_isa(), true});
  if (has_amx()) units.push_back({"AMX", current_isa(), true, true});
  for (const Unit& unit : units)
    for (const int threads : {1, 2})
      for (const DType dtype : {DType::kF32, DType::kBF16, DType::kQ4_1, DType::kQ8_0, DType::kQ4_K, DType::kQ6_K})
        for (const bool forward : {true, false})
          for (const std::int64_t rank : {0, 8}) register_shapes(dtype, forward, rank, unit, threads);
  return true;
}();

}  // namespace
}  // namespace lab::kernels
