#include "kernels/peak/peak.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/peak/peak.cc"
#include "kernels/simd.h"

HWY_BEFORE_NAMESPACE();
namespace lab::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// Twelve chains of FMAs hide the latency of each; the sum goes to `sink` so that they stay.
inline double run_fmas(std::int64_t rounds, float* sink) {
  const hn::ScalableTag<float> d;
  constexpr int kChains = 12;
  hn::Vec<decltype(d)> sums[kChains];
  LAB_UNROLL
  for (int i = 0; i < kChains; ++i) sums[i] = hn::Set(d, static_cast<float>(i));
  const auto x = hn::Set(d, sink[0]), y = hn::Set(d, sink[1]);
  for (std::int64_t round = 0; round < rounds; ++round) {
    LAB_UNROLL
    for (int i = 0; i < kChains; ++i) sums[i] = hn::MulAdd(sums[i], x, y);
  }
  auto total = sums[0];
  LAB_UNROLL
  for (int i = 1; i < kChains; ++i) total = hn::Add(total, sums[i]);
  hn::StoreU(total, d, sink);
  return 2.0 * static_cast<double>(rounds) * kChains * static_cast<double>(hn::Lanes(d));
}

}  // namespace lab::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

#include <algorithm>
#include <chrono>
#include <functional>
#include <vector>

#include "kernels/bfloat16/amx_tiles.h"

namespace lab::kernels {
namespace {

/// The best of several tries of `work(thread)`, which says what it has done, on all threads at once.
double best_rate(ThreadPool& pool, const std::function<double(std::int64_t)>& work) {
  double best = 0;
  for (int attempt = 0; attempt < 12; ++attempt) {
    double flops = 0;
    const auto start = std::chrono::steady_clock::now();
    pool.for_chunks(pool.threads(), [&](std::int64_t chunk, int) {
      const double done = work(chunk);
      if (chunk == 0) flops = done * pool.threads();
    });
    best = std::max(best, flops / std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  return best;
}

#if defined(__x86_64__)
/// Four chains of products of whole tiles, on registers alone.
LAB_AMX double run_tile_products(std::int64_t rounds) {
  const AmxTiles tiles;
  for (std::int64_t round = 0; round < rounds; ++round) {
    _tile_dpbf16ps(0, 4, 6);
    _tile_dpbf16ps(1, 4, 7);
    _tile_dpbf16ps(2, 5, 6);
    _tile_dpbf16ps(3, 5, 7);
  }
  return 4.0 * 2 * kAmxSide * kAmxSide * 2 * kAmxSide * static_cast<double>(rounds);
}
#endif

}  // namespace

double fma_peak(ThreadPool& pool) {
  struct alignas(64) Sink { float floats[64] = {0.5f, 0.25f}; };
  std::vector<Sink> sinks(static_cast<std::size_t>(pool.threads()));
  return best_rate(pool, [&](std::int64_t thread) { return LAB_DISPATCH(run_fmas)(2000000, sinks[static_cast<std::size_t>(thread)].floats); });
}

double amx_peak([[maybe_unused]] ThreadPool& pool) {
#if defined(__x86_64__)
  return best_rate(pool, [](std::int64_t) { return run_tile_products(150000); });
#else
  return 0;
#endif
}

}  // namespace lab::kernels

#endif  // HWY_ONCE
