// ThreadPool over the host's workers: instances of this module that share its memory.
//
// The host gives each worker a stack and calls work(number), which does not return. A worker runs chunks
// and nothing else: the C library underneath is made for one thread, so it must not allocate.
#include <atomic>
#include <cstdint>

#include "base/thread_pool.h"

#define LAB_EXPORT(name) extern "C" __attribute__((export_name(#name)))

namespace lab {

namespace {

/// The one piece of work that is under way; there is one pool in a module.
struct Work {
  using Function = void (*)(const void* context, std::int64_t chunk, int worker);
  // Written by the caller before `epoch` is raised (release), read by workers after (acquire).
  Function function = nullptr;
  const void* context = nullptr;
  std::int64_t chunks = 0;
  alignas(64) std::atomic<std::int64_t> next{0};
  alignas(64) std::atomic<std::int32_t> epoch{0};
  alignas(64) std::atomic<std::int32_t> running{0};

  void drain(int worker) {
    for (std::int64_t chunk; (chunk = next.fetch_add(1, std::memory_order_relaxed)) < chunks;)
      function(context, chunk, worker);
  }
};
constinit Work shared;

/// A short spin keeps the gap between two kernels of one step small; after that the core is left to others.
constexpr int kSpins = 4096;

int threads_there = 1;

/// Waits until `value` is no longer `seen`.
void wait_while(std::atomic<std::int32_t>& value, std::int32_t seen) {
  for (int i = 0; i < kSpins; ++i)
    if (value.load(std::memory_order_acquire) != seen) return;
  while (value.load(std::memory_order_acquire) == seen)
    __builtin_wasm_memory_atomic_wait32(reinterpret_cast<std::int32_t*>(&value), seen, -1);
}
void wake(std::atomic<std::int32_t>& value) {
  __builtin_wasm_memory_atomic_notify(reinterpret_cast<std::int32_t*>(&value), 0xffffffff);
}

}  // namespace

struct ThreadPool::State {};

/// There are as many threads as the host has started, whatever is asked for.
ThreadPool::ThreadPool(int) : threads_(threads_there) {}
ThreadPool::~ThreadPool() = default;

void ThreadPool::run(std::int64_t chunks, Function function, const void* context) {
  if (threads_ == 1 || chunks <= 1) {
    for (std::int64_t chunk = 0; chunk < chunks; ++chunk) function(context, chunk, 0);
    return;
  }
  Work& s = shared;
  s.function = function;
  s.context = context;
  s.chunks = chunks;
  s.next.store(0, std::memory_order_relaxed);
  s.running.store(threads_ - 1, std::memory_order_relaxed);
  s.epoch.fetch_add(1, std::memory_order_release);
  wake(s.epoch);
  s.drain(0);
  for (std::int32_t left; (left = s.running.load(std::memory_order_acquire)) != 0;) wait_while(s.running, left);
}

/// How many threads there are, the caller included; before the first request, and before the first work().
LAB_EXPORT(set_threads) void set_threads(int count) { threads_there = count; }

/// The life of worker `worker`, 1 and up.
LAB_EXPORT(work) void work(int worker) {
  for (std::int32_t seen = 0;;) {
    wait_while(shared.epoch, seen);
    seen = shared.epoch.load(std::memory_order_acquire);
    shared.drain(worker);
    if (shared.running.fetch_sub(1, std::memory_order_acq_rel) == 1) wake(shared.running);
  }
}

}  // namespace lab
