// The forward pass against the time that only reading its weights from the first cache takes, and
// against the time that moving all its floats takes: the weights and the input in, the output out.
//
// Run with --benchmark_repetitions=21 --benchmark_enable_random_interleaving=true and compare
// medians.
#include <benchmark/benchmark.h>

#include "feedback.h"

namespace microlora {
namespace {

constexpr std::uint32_t kRank = 2;

Owned<FeedbackAdapter> make(std::uint32_t dim) {
  Owned<FeedbackAdapter> adapter;
  if (adapter.create(FeedbackConfig{{dim, dim, kRank}, 4, 1}) != Status::kOk) std::abort();
  for (std::uint32_t i = 0; i < dim; ++i)
    adapter->x[i] = adapter->b[i] = 0.001f * static_cast<float>(i % 7);
  return adapter;
}

void forward_pass(benchmark::State& state) {
  auto adapter = make(static_cast<std::uint32_t>(state.range(0)));
  for (auto _ : state) {
    benchmark::DoNotOptimize(adapter->forward(adapter->x, adapter->y, Into::kReplace));
    benchmark::ClobberMemory();
  }
}

// Loads every vector of A and B once and does nothing with it, in the width that the forward pass
// uses.
#define MICROLORA_LOAD_EIGHT(instruction, width, p)                                              \
  asm volatile(instruction " (%0), %%" width "0\n" instruction " %c1(%0), %%" width              \
                           "1\n" instruction " 2*%c1(%0), %%" width "2\n" instruction            \
                           " 3*%c1(%0), %%" width "3\n" instruction " 4*%c1(%0), %%" width       \
                           "4\n" instruction " 5*%c1(%0), %%" width "5\n" instruction            \
                           " 6*%c1(%0), %%" width "6\n" instruction " 7*%c1(%0), %%" width "7\n" \
               :                                                                                 \
               : "r"(p), "i"(kBytes)                                                             \
               : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7")

[[gnu::target("avx512f")]] void read512(const float* p, std::size_t n) {
  constexpr int kBytes = 64;
  for (const float* end = p + n; p < end; p += 8 * 16) MICROLORA_LOAD_EIGHT("vmovups", "zmm", p);
}
[[gnu::target("avx2")]] void read256(const float* p, std::size_t n) {
  constexpr int kBytes = 32;
  for (const float* end = p + n; p < end; p += 8 * 8) MICROLORA_LOAD_EIGHT("vmovups", "ymm", p);
}
void read128(const float* p, std::size_t n) {
  constexpr int kBytes = 16;
  for (const float* end = p + n; p < end; p += 8 * 4) MICROLORA_LOAD_EIGHT("movups", "xmm", p);
}

void read_weights(benchmark::State& state) {
  auto adapter = make(static_cast<std::uint32_t>(state.range(0)));
  const std::size_t size = adapter->a_size() + adapter->b_size();
  const auto read = forward_for(Isa::kAvx512) ? read512
                    : forward_for(Isa::kAvx2) ? read256
                                              : read128;
  for (auto _ : state) read(adapter->a, size);
}

[[gnu::target("avx512f")]] void write512(float* p, std::size_t n) {
  for (const float* end = p + n; p < end; p += 4 * 16)
    asm volatile(
        "vmovups %%zmm0, (%0)\nvmovups %%zmm0, 64(%0)\n"
        "vmovups %%zmm0, 128(%0)\nvmovups %%zmm0, 192(%0)"
        :
        : "r"(p)
        : "memory");
}
[[gnu::target("avx2")]] void write256(float* p, std::size_t n) {
  for (const float* end = p + n; p < end; p += 4 * 8)
    asm volatile(
        "vmovups %%ymm0, (%0)\nvmovups %%ymm0, 32(%0)\n"
        "vmovups %%ymm0, 64(%0)\nvmovups %%ymm0, 96(%0)"
        :
        : "r"(p)
        : "memory");
}
void write128(float* p, std::size_t n) {
  for (const float* end = p + n; p < end; p += 4 * 4)
    asm volatile(
        "movups %%xmm0, (%0)\nmovups %%xmm0, 16(%0)\n"
        "movups %%xmm0, 32(%0)\nmovups %%xmm0, 48(%0)"
        :
        : "r"(p)
        : "memory");
}

void move_all(benchmark::State& state) {
  auto adapter = make(static_cast<std::uint32_t>(state.range(0)));
  const std::size_t size = adapter->a_size() + adapter->b_size();
  const bool wide = forward_for(Isa::kAvx512), middle = forward_for(Isa::kAvx2);
  const auto read = wide ? read512 : middle ? read256 : read128;
  const auto write = wide ? write512 : middle ? write256 : write128;
  for (auto _ : state) {
    read(adapter->a, size);
    read(adapter->x, adapter->in_stride);
    write(adapter->y, adapter->out_stride);
  }
}

BENCHMARK(forward_pass)->Arg(256)->Arg(768)->Arg(1024);
BENCHMARK(read_weights)->Arg(256)->Arg(768)->Arg(1024);
BENCHMARK(move_all)->Arg(256)->Arg(768)->Arg(1024);

}  // namespace
}  // namespace microlora
