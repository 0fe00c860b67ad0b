// How elementwise kernels cut arrays for the thread pool: by shape only, never by thread count.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/thread_pool.h"

namespace lab::kernels {

/// Floats a chunk: large enough to pay for handing it out, small enough to stay in a cache.
inline constexpr std::int64_t kChunkFloats = 16384;

/// Calls body(begin, end) for pieces of [0, count) of `size` each, the last one shorter.
template <class Body>
void for_ranges(ThreadPool& pool, std::int64_t count, std::int64_t size, const Body& body) {
  pool.for_chunks((count + size - 1) / size, [&](std::int64_t chunk, int) {
    body(chunk * size, std::min(count, (chunk + 1) * size));
  });
}

/// Rows a piece so that it has about kChunkFloats numbers.
inline std::int64_t rows_per_chunk(std::int64_t cols) {
  return std::max<std::int64_t>(1, kChunkFloats / std::max<std::int64_t>(1, cols));
}

}  // namespace lab::kernels
