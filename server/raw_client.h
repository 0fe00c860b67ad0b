// A client for tests that sends what it is told, byte by byte, right or wrong.
#pragma once

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <string_view>
#include <utility>

namespace lab::server {

class RawClient {
 public:
  explicit RawClient(int port) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }
  RawClient(RawClient&& other) noexcept : fd_(std::exchange(other.fd_, -1)), connected_(other.connected_) {}
  ~RawClient() { close(); }

  bool connected() const { return connected_; }

  /// False if the server no longer takes it; waits at most two seconds for it to.
  bool send(std::string_view bytes) const {
    while (!bytes.empty()) {
      pollfd ready{fd_, POLLOUT, 0};
      if (::poll(&ready, 1, 2000) <= 0) return false;
      const ssize_t count = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (count <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
  }

  /// What comes until the server closes, `enough` was seen, or the time is over.
  std::string read(std::string_view enough = {}, std::chrono::milliseconds time = std::chrono::seconds(60)) const {
    const auto until = std::chrono::steady_clock::now() + time;
    std::string all;
    while (enough.empty() || all.find(enough) == std::string::npos) {
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now()).count();
      pollfd ready{fd_, POLLIN, 0};
      if (left <= 0 || ::poll(&ready, 1, static_cast<int>(left)) <= 0) break;
      char piece[16384];
      const ssize_t count = ::recv(fd_, piece, sizeof piece, 0);
      if (count <= 0) break;
      all.append(piece, static_cast<std::size_t>(count));
    }
    return all;
  }

  void half_close() const { ::shutdown(fd_, SHUT_WR); }
  void close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }
  /// Ends with a reset instead of a goodbye.
  void reset() {
    const linger now{1, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    close();
  }

 private:
  int fd_;
  bool connected_;
};

/// What the server answers to these bytes.
inline std::string ask(int port, std::string_view bytes) {
  const RawClient client(port);
  client.send(bytes);
  return client.read();
}

inline std::string get(int port, std::string_view target, std::string_view headers = {}) {
  return ask(port, std::string("GET ").append(target).append(" HTTP/1.1\r\nHost: localhost\r\n").append(headers).append("\r\n"));
}

inline std::string chat_bytes(std::string_view json, std::string_view headers = {}) {
  return std::string("POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ")
      .append(std::to_string(json.size())).append("\r\n").append(headers).append("\r\n").append(json);
}

/// The status of an answer; 0 if there is none.
inline int status_of(const std::string& answer) {
  return answer.starts_with("HTTP/1.1 ") ? std::atoi(answer.c_str() + 9) : 0;
}

}  // namespace lab::server
