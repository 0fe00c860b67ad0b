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

/// A number that some threads change and others wait for. Who waits spins first, which keeps the gap between two
/// kernels of one step small; only then is the core left to others, and only then does a change cost a wake-up.
class Signal {
 public:
  std::int32_t load() const { return value_.load(std::memory_order_acquire); }

  /// Adds and wakes all who sleep; the result is the number before.
  std::int32_t add(std::int32_t difference) {
    const std::int32_t before = value_.fetch_add(difference);
    // In one order with the sleeper's steps: it either is seen here or sees the new number there.
    if (sleepers_.load() != 0) __builtin_wasm_memory_atomic_notify(reinterpret_cast<std::int32_t*>(&value_), 0xffffffff);
    return before;
  }

  /// Adds 1 if all bits of `open` are set; says whether.
  bool add_while(std::int32_t open) {
    std::int32_t now = load();
    while ((now & open) == open)
      if (value_.compare_exchange_weak(now, now + 1, std::memory_order_acquire)) return true;
    return false;
  }

  /// Waits until the number is no longer `seen`.
  void wait_while(std::int32_t seen) {
    for (int i = 0; i < kSpins; ++i)
      if (load() != seen) return;
    sleepers_.fetch_add(1);
    while (value_.load() == seen) __builtin_wasm_memory_atomic_wait32(reinterpret_cast<std::int32_t*>(&value_), seen, -1);
    sleepers_.fetch_sub(1);
  }

 private:
  /// Some 50 microseconds: longer than what one thread does alone between two pieces of work for all.
  static constexpr int kSpins = 50000;
  std::atomic<std::int32_t> value_{0};
  std::atomic<std::int32_t> sleepers_{0};
};

/// The one piece of work that is under way; there is one pool in a module.
struct Work {
  using Function = void (*)(const void* context, std::int64_t chunk, int worker);
  // Written by the caller before it opens the gate (release), read by workers inside (acquire).
  Function function = nullptr;
  const void* context = nullptr;
  std::int64_t chunks = 0;
  alignas(64) std::atomic<std::int64_t> next{0};
  alignas(64) Signal epoch;
  alignas(64) Signal gate;  ///< kOpen, and one for each worker inside
  static constexpr std::int32_t kOpen = 1 << 30;

  void drain(int worker) {
    for (std::int64_t chunk; (chunk = next.fetch_add(1, std::memory_order_relaxed)) < chunks;)
      function(context, chunk, worker);
  }
};
constinit Work shared;

int threads_there = 1;

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
  s.gate.add(Work::kOpen);
  s.epoch.add(1);
  s.drain(0);
  // Every chunk is taken. Only those who took one are waited for: a worker that the system keeps from running must not
  // hold up the rest.
  s.gate.add(-Work::kOpen);
  for (std::int32_t inside; (inside = s.gate.load()) != 0;) s.gate.wait_while(inside);
}

/// How many threads there are, the caller included; before the first request, and before the first work().
LAB_EXPORT(set_threads) void set_threads(int count) { threads_there = count; }

/// The life of worker `worker`, 1 and up.
LAB_EXPORT(work) void work(int worker) {
  for (std::int32_t seen = 0;;) {
    shared.epoch.wait_while(seen);
    seen = shared.epoch.load();
    if (!shared.gate.add_while(Work::kOpen)) continue;  // the others were done before this one woke
    shared.drain(worker);
    shared.gate.add(-1);
  }
}

}  // namespace lab
