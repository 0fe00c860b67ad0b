// One client's connection: reads and writes with limits on time and size that no client can stretch.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace lab::server {

struct ConnectionLimits {
  std::size_t head_bytes = 32 << 10;               ///< request line and headers
  std::size_t body_bytes = 4 << 20;
  std::chrono::milliseconds head_time{10'000};     ///< from the connection's begin to the head's end
  std::chrono::milliseconds body_time{30'000};     ///< for the whole body
  std::chrono::milliseconds write_time{10'000};    ///< without a byte taken by the client
};

/// What read_head() calls a Range header.
inline constexpr std::string_view kRangeAlias = "xange";

class Connection {
 public:
  /// Takes the socket over. `on_wait` is called each time that it has to wait for the client.
  Connection(int fd, const ConnectionLimits& limits, std::function<void()> on_wait);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Reads the head of the request. 0, or the status to refuse with: 408 too slow, 431 too large,
  /// 400 with a NUL or a header that would be ambiguous; -1 if there is nobody to answer.
  int read_head();

  /// Next bytes of the request, the head first. 0 at the end, -1 for an error or beyond a limit.
  std::ptrdiff_t read(char* out, std::size_t size);
  bool body_too_large() const { return body_read_ > limits_.body_bytes; }

  /// Sends what the client takes; -1 if it takes nothing for too long, or is gone.
  std::ptrdiff_t write(const char* bytes, std::size_t size);

  /// Says that no more comes, then gives the client a moment to take what was sent: closing while
  /// unread bytes wait would reset the connection and lose the answer.
  void finish();

  /// Has the client closed its side? That ends what it has asked for.
  bool client_gone() const;

  // For the choice of a connection to close; called from other threads.
  using Clock = std::chrono::steady_clock;
  /// Since when it has been waiting for its client, to send or to take something; max() if it is not.
  Clock::time_point waits_since() const { return waits_since_.load(); }
  /// Wakes whoever waits for this client; it then finds the connection closed.
  void cut();

  int fd() const { return fd_; }

 private:
  bool wait(short events, Clock::time_point until);
  int check_head();
  std::ptrdiff_t receive(char* out, std::size_t size, Clock::time_point until);

  int fd_;
  ConnectionLimits limits_;
  Clock::time_point head_until_, body_until_;
  std::string head_;                 ///< the head, and what came with it of the body
  std::size_t head_end_ = 0, taken_ = 0, body_read_ = 0;
  std::function<void()> on_wait_;
  std::atomic<Clock::time_point> waits_since_{Clock::time_point::max()};
};

}  // namespace lab::server
