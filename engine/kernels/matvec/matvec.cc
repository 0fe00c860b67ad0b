#include "kernels/matvec/matvec.h"

#include <algorithm>

#include "tensor/decode.h"

namespace lab::kernels {
namespace {

constexpr std::int64_t kPiece = 256;

void row_product(const Matvec& p, std::int64_t row) {
  float sums[kMatvecMaxVectors] = {};
  const DTypeInfo& type = info(p.w.dtype);
  float values[kPiece];
  for (std::int64_t i = 0; i < p.w.cols; i += kPiece) {
    const std::int64_t count = std::min(kPiece, p.w.cols - i);
    decode(p.w.dtype, p.w.data + row * p.w.row_bytes + i / type.block_elements * type.block_bytes,
           count, values);
    for (std::int64_t v = 0; v < p.vectors; ++v)
      for (std::int64_t q = 0; q < count; ++q) sums[v] += values[q] * p.x[v * p.w.cols + i + q];
  }
  for (std::int64_t v = 0; v < p.vectors; ++v) {
    float pair = 0;
    if (p.u)
      for (std::int64_t r = 0; r < p.rank; ++r)
        pair += p.b[row * p.rank + r] * p.u[v * p.rank + r];
    float value = sums[v] + p.scale * pair;
    if (p.column_scale) value *= p.column_scale[row];
    if (p.bias) value += p.bias[row];
    float& y = p.y[v * p.w.rows + row];
    y = p.accumulate ? y + value : value;
  }
}

}  // namespace

void matvec(const Matvec& problem, ThreadPool& pool) {
  constexpr std::int64_t kRows = 16;
  pool.for_chunks((problem.w.rows + kRows - 1) / kRows, [&](std::int64_t chunk, int) {
    const std::int64_t end = std::min(problem.w.rows, (chunk + 1) * kRows);
    for (std::int64_t row = chunk * kRows; row < end; ++row) row_product(problem, row);
  });
}

}  // namespace lab::kernels
