// ThreadPool where there are no threads: the caller does all the work.
#include "base/thread_pool.h"

namespace lab {

struct ThreadPool::State {};

ThreadPool::ThreadPool(int) : threads_(1) {}
ThreadPool::~ThreadPool() = default;

void ThreadPool::run(std::int64_t chunks, Function function, const void* context) {
  for (std::int64_t chunk = 0; chunk < chunks; ++chunk) function(context, chunk, 0);
}

}  // namespace lab
