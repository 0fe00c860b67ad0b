#include "base/thread_pool.h"

#include <sched.h>

#include <atomic>
#include <thread>
#include <vector>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace lab {
namespace {

/// A short spin keeps the gap between two kernels of one step under a microsecond; after that a
/// futex wait leaves the core to others.
constexpr int kSpins = 4096;

/// The gate's bit that lets workers in; the rest of it counts those inside.
constexpr std::uint32_t kOpen = 1u << 31;

inline void relax() {
#if defined(__x86_64__)
  _mm_pause();
#endif
}

int usable_cores() {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) return CPU_COUNT(&set) > 0 ? CPU_COUNT(&set) : 1;
  const unsigned cores = std::thread::hardware_concurrency();
  return cores > 0 ? static_cast<int>(cores) : 1;
}

}  // namespace

struct ThreadPool::State {
  // Written by the caller before it opens the gate (release), read by workers inside (acquire).
  Function function = nullptr;
  const void* context = nullptr;
  std::int64_t chunks = 0;
  std::atomic<bool> stop{false};  // a worker that is late for an earlier epoch may read it while it is written
  alignas(64) std::atomic<std::int64_t> next{0};
  alignas(64) std::atomic<std::uint32_t> epoch{0};
  alignas(64) std::atomic<std::uint32_t> gate{0};
  std::vector<std::jthread> workers;

  void drain(int worker) {
    for (std::int64_t chunk; (chunk = next.fetch_add(1, std::memory_order_relaxed)) < chunks;)
      function(context, chunk, worker);
  }

  bool enter() {
    std::uint32_t now = gate.load(std::memory_order_relaxed);
    while (now & kOpen)
      if (gate.compare_exchange_weak(now, now + 1, std::memory_order_acquire)) return true;
    return false;
  }

  void leave() {
    if (gate.fetch_sub(1, std::memory_order_acq_rel) == 1) gate.notify_one();  // shut, and the last
  }

  void work(int worker) {
    for (std::uint32_t seen = 0;;) {
      for (int i = 0; i < kSpins && epoch.load(std::memory_order_acquire) == seen; ++i) relax();
      epoch.wait(seen, std::memory_order_acquire);
      seen = epoch.load(std::memory_order_acquire);
      if (stop.load(std::memory_order_relaxed)) return;
      if (!enter()) continue;  // the others were done before this one woke
      drain(worker);
      leave();
    }
  }
};

ThreadPool::ThreadPool(int threads)
    : threads_(threads > 0 ? threads : usable_cores()), state_(std::make_unique<State>()) {
  for (int worker = 1; worker < threads_; ++worker)
    state_->workers.emplace_back([state = state_.get(), worker] { state->work(worker); });
}

ThreadPool::~ThreadPool() {
  state_->stop.store(true, std::memory_order_relaxed);
  state_->epoch.fetch_add(1, std::memory_order_release);
  state_->epoch.notify_all();
}

void ThreadPool::run(std::int64_t chunks, Function function, const void* context) {
  if (threads_ == 1 || chunks <= 1) {
    for (std::int64_t chunk = 0; chunk < chunks; ++chunk) function(context, chunk, 0);
    return;
  }
  State& s = *state_;
  s.function = function;
  s.context = context;
  s.chunks = chunks;
  s.next.store(0, std::memory_order_relaxed);
  s.gate.store(kOpen, std::memory_order_release);
  s.epoch.fetch_add(1, std::memory_order_release);
  s.epoch.notify_all();
  s.drain(0);
  // Every chunk is taken. Only those who took one are waited for: a worker that another program
  // keeps from running must not hold up the rest.
  s.gate.fetch_and(~kOpen, std::memory_order_acq_rel);
  for (int i = 0; i < kSpins && s.gate.load(std::memory_order_acquire) != 0; ++i) relax();
  for (std::uint32_t inside; (inside = s.gate.load(std::memory_order_acquire)) != 0;)
    s.gate.wait(inside, std::memory_order_acquire);
}

}  // namespace lab
