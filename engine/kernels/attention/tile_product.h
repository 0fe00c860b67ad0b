// A small product of tiles that lie in a cache.
#pragma once

#include <cstdint>

namespace lab::kernels {

/// How the left operand lies: element (i, k) at [i * stride + k], or at [k * stride + i].
enum class Left { kRows, kColumns };

/// c (+)= A B. All strides are in floats; b and c hold whole vectors at aligned addresses.
struct TileProduct {
  int rows = 0;     ///< of A and c; a multiple of the kernel's step must be readable and writable
  int vectors = 0;  ///< of c and b, across
  int depth = 0;
  const float* a = nullptr;
  std::int64_t a_stride = 0;
  const float* b = nullptr;
  std::int64_t b_stride = 0;
  float* c = nullptr;
  std::int64_t c_stride = 0;
  bool accumulate = false;
};

/// One register block of it: a, b and c are the block's first elements.
using TileBlock = void (*)(const TileProduct& p, const float* a, const float* b, float* c);

/// The block of AVX512-BF16, whose a and b hold words of two summands (kernels/bfloat16/pairs.h), as many as the depth. rows: 4, 8
/// or 12 with 1 or 2 vectors, 4 or 8 with 3.
TileBlock choose_pair_block(Left left, int rows, int vectors);

}  // namespace lab::kernels
