// A fixed pool of threads that runs numbered chunks of work and allocates nothing while it does.
#pragma once

#include <cstdint>
#include <memory>
#include <type_traits>

namespace lab {

/// Work is split by chunk number, never by thread, so results do not depend on the thread count.
/// One caller at a time; the calling thread works too. A chunk must not call for_chunks itself.
class ThreadPool {
 public:
  /// `threads` >= 1 in all, the caller included. 0 takes one for each core this process may use.
  explicit ThreadPool(int threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int threads() const { return threads_; }

  /// Calls body(chunk, worker) for each chunk in [0, chunks), worker in [0, threads()), and waits.
  template <class Body>
  void for_chunks(std::int64_t chunks, const Body& body) {
    run(chunks, [](const void* context, std::int64_t chunk, int worker) {
      (*static_cast<const Body*>(context))(chunk, worker);
    }, &body);
  }

 private:
  using Function = void (*)(const void* context, std::int64_t chunk, int worker);
  void run(std::int64_t chunks, Function function, const void* context);

  struct State;
  int threads_;
  std::unique_ptr<State> state_;
};

}  // namespace lab
