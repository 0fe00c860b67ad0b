// Single kernels as a WebAssembly module, for bench.js and for profiles: prepares one product and repeats it.
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>

#include "base/rng.h"
#include "base/thread_pool.h"
#include "kernels/peak/peak.h"
#include "kernels/gemm/gemm.h"
#include "kernels/matvec/matvec.h"
#include "tensor/blocks.h"

#define LAB_EXPORT(name) extern "C" __attribute__((export_name(#name)))

namespace lab::kernels {
namespace {

struct Product {
  ThreadPool pool{0};
  std::int64_t m = 0, n = 0, k = 0;
  bool is_nk = true;
  MatrixView weight;
  std::vector<std::byte> stored;
  std::vector<float> x, y, scratch;
};
Product* product = nullptr;

/// Random bits, as every nibble and byte is a number; the scales are 1/4 and 1/8.
void fill_blocks(DType dtype, std::vector<std::byte>& bytes) {
  const Philox random(7, Stream::kInit, 1);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(256 * random.uniform(i));
  const auto put_half = [&](std::size_t at, int high_byte) {
    bytes[at] = std::byte{0};
    bytes[at + 1] = static_cast<std::byte>(high_byte);
  };
  const std::size_t block = static_cast<std::size_t>(info(dtype).block_bytes);
  for (std::size_t at = 0; at < bytes.size(); at += block) {
    put_half(at, 0x34);
    if (dtype == DType::kQ4_1) put_half(at + 2, 0x30);
  }
}

std::vector<float> numbers(std::int64_t count, std::uint32_t stream) {
  const Philox random(7, Stream::kInit, stream);
  std::vector<float> all(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = 2 * random.uniform(i) - 1;
  return all;
}

}  // namespace

/// FLOP/s of independent multiply-adds of whole vectors on all threads.
LAB_EXPORT(peak) double peak() {
  ThreadPool pool(0);
  return fma_peak(pool);
}

/// Prepares y [m, n] = x [m, k] w, w [n, k] if is_nk, else [k, n]; `type` is 0 for float32, 1 for Q4_1, 2 for Q8_0.
LAB_EXPORT(prepare) void prepare(int m, int n, int k, int type, bool is_nk) {
  delete product;
  product = new Product;
  Product& p = *product;
  p.m = m, p.n = n, p.k = k, p.is_nk = is_nk;
  const DType dtype = type == 0 ? DType::kF32 : type == 1 ? DType::kQ4_1 : DType::kQ8_0;
  const std::int64_t rows = is_nk ? n : k, cols = is_nk ? k : n;
  const std::int64_t row_bytes = cols / info(dtype).block_elements * info(dtype).block_bytes;
  p.stored.resize(static_cast<std::size_t>(rows * row_bytes));
  if (dtype == DType::kF32) {
    const auto values = numbers(rows * cols, 2);
    std::memcpy(p.stored.data(), values.data(), p.stored.size());
  } else {
    fill_blocks(dtype, p.stored);
  }
  p.weight = {p.stored.data(), dtype, rows, cols, row_bytes};
  p.x = numbers(p.m * p.k, 3);
  p.y.resize(static_cast<std::size_t>(p.m * p.n));
  p.scratch.resize(static_cast<std::size_t>(gemm_scratch_floats() * p.pool.threads() + 16));
}

LAB_EXPORT(multiply) void multiply(int times) {
  Product& p = *product;
  void* at = p.scratch.data();
  std::size_t space = p.scratch.size() * sizeof(float);
  float* scratch = static_cast<float*>(std::align(64, 1, at, space));
  const GemmTerm term = {.a = p.x.data(), .a_row_stride = p.k, .b = p.weight, .b_is_nk = p.is_nk, .k = p.k};
  for (int i = 0; i < times; ++i) {
    if (p.m <= kMatvecMaxVectors && p.is_nk)
      matvec({.vectors = p.m, .x = p.x.data(), .w = p.weight, .y = p.y.data()}, p.pool);
    else
      gemm({.m = p.m, .n = p.n, .terms = {&term, 1}, .c = p.y.data(), .c_row_stride = p.n}, p.pool, scratch);
  }
}

/// Whether the threads wake: `times` pieces of work of two empty chunks.
LAB_EXPORT(hand_out) void hand_out(int times) {
  ThreadPool pool(0);
  for (int i = 0; i < times; ++i) pool.for_chunks(2, [](std::int64_t, int) {});
}

LAB_EXPORT(allocate) void* allocate(std::size_t bytes) { return std::malloc(bytes); }

}  // namespace lab::kernels
