// One client's connection: reads and writes with limits on time and size that no client can stretch.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
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
  /// Takes the socket over.
  Connection(int fd, const ConnectionLimits& limits);
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

  // What the choice of a connection to close depends on. Called from other threads.
  enum class State : std::uint8_t { kReading, kWriting, kKept };
  State state() const { return state_.load(); }
  void set_state(State state) { state_.store(state); }
  /// Wakes whoever waits for this client; it then finds the connection closed.
  void cut();

  int fd() const { return fd_; }

 private:
  using Clock = std::chrono::steady_clock;
  bool wait(short events, Clock::time_point until) const;
  int check_head();
  std::ptrdiff_t receive(char* out, std::size_t size, Clock::time_point until);

  int fd_;
  ConnectionLimits limits_;
  Clock::time_point head_until_, body_until_;
  std::string head_;                 ///< the head, and what came with it of the body
  std::size_t head_end_ = 0, taken_ = 0, body_read_ = 0;
  std::atomic<State> state_{State::kReading};
};

}  // namespace lab::server
