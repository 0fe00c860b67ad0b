// Measures matvec() on the shapes of one decoded token, and on all of them together.
//
//   kernels_bench --benchmark_filter='matvec/.*/Q4_1/.*AVX-512/2'
//
// GB/s counts the stored bytes of the weights, best of all repetitions. "token" runs the 211 products
// of a 135M-parameter model (576 wide, 30 layers, a vocabulary of 49152), so that its weights come
// from memory; tok_s is the limit that they set to decoding.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "base/thread_pool.h"
#include "kernels/isa.h"
#include "kernels/matvec/matvec.h"

namespace lab::kernels {
namespace {

struct Shape { std::int64_t rows, cols; };

std::vector<Shape> token_shapes() {
  std::vector<Shape> shapes;
  for (int layer = 0; layer < 30; ++layer)
    shapes.insert(shapes.end(), {{576, 576}, {192, 576}, {192, 576}, {576, 576}, {1536, 576},
                                 {1536, 576}, {576, 1536}});
  shapes.push_back({49152, 576});
  return shapes;
}

void bench(benchmark::State& state, const std::vector<Shape>& shapes, DType dtype,
           std::int64_t vectors, std::int64_t rank, Isa isa, int threads) {
  force_isa(isa);
  ThreadPool pool(threads);
  std::int64_t bytes = 0, widest = 0, tallest = 0;
  for (const Shape& s : shapes) {
    bytes += s.rows * static_cast<std::int64_t>(*storage_bytes(dtype, s.cols));
    widest = std::max(widest, s.cols);
    tallest = std::max(tallest, s.rows);
  }
  std::vector<std::byte> weights(static_cast<std::size_t>(bytes), std::byte{0x33});
  const std::vector<float> x(static_cast<std::size_t>(vectors * widest), 0.5f);
  const std::vector<float> u(static_cast<std::size_t>(vectors * 64), 0.5f);
  const std::vector<float> b(static_cast<std::size_t>(tallest * rank), 0.5f);
  std::vector<float> y(static_cast<std::size_t>(vectors * tallest));
  double best = 1e9;
  for (auto _ : state) {
    const auto start = std::chrono::steady_clock::now();
    std::byte* at = weights.data();
    for (const Shape& s : shapes) {
      Matvec p;
      p.vectors = vectors;
      p.x = x.data();
      p.w = {at, dtype, s.rows, s.cols, static_cast<std::int64_t>(*storage_bytes(dtype, s.cols))};
      p.u = rank > 0 ? u.data() : nullptr;
      p.b = b.data();
      p.rank = rank;
      p.y = y.data();
      matvec(p, pool);
      at += s.rows * p.w.row_bytes;
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    best = std::min(best, took.count());
  }
  state.counters["GB/s"] = static_cast<double>(bytes) / best * 1e-9;
  if (shapes.size() > 1) state.counters["tok_s"] = 1 / best;
}

const bool registered = [] {
  for (Isa isa : attainable_isas()) {
    for (int threads : {1, 2}) {
      for (DType dtype : {DType::kF32, DType::kF16, DType::kBF16, DType::kQ8_0, DType::kQ4_0,
                          DType::kQ4_1, DType::kQ4_K, DType::kQ5_K, DType::kQ6_K}) {
        for (std::int64_t vectors : {1, 2, 4, 8}) {
          const auto add = [&](const std::string& name_of_shape, const std::vector<Shape>& shapes,
                               std::int64_t rank) {
            const std::string text = "matvec/" + name_of_shape + "/" + std::string(name(dtype)) +
                                     "/" + std::to_string(vectors) + "vectors/rank" +
                                     std::to_string(rank) + "/" + std::string(name(isa)) + "/" +
                                     std::to_string(threads);
            benchmark::RegisterBenchmark(text.c_str(), [=](benchmark::State& state) {
              bench(state, shapes, dtype, vectors, rank, isa, threads);
            })->UseRealTime()->MinTime(0.2);
          };
          // Blocks of 256 elements do not divide rows of 576: their rows are rounded up to 768.
          const bool fits = 576 % info(dtype).block_elements == 0;
          auto shapes = token_shapes();
          for (Shape& s : shapes) s.cols = fits || s.cols == 1536 ? s.cols : 768;
          add("token", shapes, 0);
          add("token", shapes, 8);
          if (!fits) continue;
          for (Shape s : {Shape{576, 576}, {192, 576}, {1536, 576}, {576, 1536}, {49152, 576}})
            add(std::to_string(s.rows) + "x" + std::to_string(s.cols), {s}, 0);
        }
      }
    }
  }
  return true;
}();

}  // namespace
}  // namespace lab::kernels
