#include "server/connection.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace lab::server {
namespace {

/// Where a header line begins with `name` and a colon, in any case; npos if none does.
std::size_t find_header(std::string_view head, std::string_view name, std::size_t from = 0) {
  for (std::size_t line = head.find("\r\n", from); line != std::string_view::npos; line = head.find("\r\n", line + 2)) {
    const std::string_view rest = head.substr(line + 2);
    if (rest.size() <= name.size() || rest[name.size()] != ':') continue;
    if (std::equal(name.begin(), name.end(), rest.begin(), [](char a, char b) { return a == (b >= 'A' && b <= 'Z' ? b - 'A' + 'a' : b); }))
      return line + 2;
  }
  return std::string_view::npos;
}

}  // namespace

Connection::Connection(int fd, const ConnectionLimits& limits, std::function<void()> on_wait)
    : fd_(fd), limits_(limits), head_until_(Clock::now() + limits.head_time), body_until_(head_until_), on_wait_(std::move(on_wait)) {}

Connection::~Connection() { ::close(fd_); }

void Connection::finish() {
  ::shutdown(fd_, SHUT_WR);
  const auto until = Clock::now() + std::chrono::milliseconds(500);
  char rest[4096];
  for (std::size_t drained = 0; drained < (1 << 20) && wait(POLLIN, until);) {
    const ssize_t count = ::recv(fd_, rest, sizeof rest, MSG_DONTWAIT);
    if (count <= 0) break;
    drained += static_cast<std::size_t>(count);
  }
}

bool Connection::wait(short events, Clock::time_point until) {
  waits_since_ = Clock::now();
  on_wait_();
  pollfd wanted{fd_, events, 0};
  int ready = 0;
  for (long left = 0; ready == 0 && (left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now()).count()) > 0;) {
    ready = ::poll(&wanted, 1, static_cast<int>(std::min<long>(left, 60'000)));
    if (ready < 0 && errno == EINTR) ready = 0;
  }
  waits_since_ = Clock::time_point::max();
  return ready > 0;
}

std::ptrdiff_t Connection::receive(char* out, std::size_t size, Clock::time_point until) {
  for (;;) {
    const ssize_t count = ::recv(fd_, out, size, MSG_DONTWAIT);
    if (count >= 0) return count;
    if (errno != EAGAIN && errno != EINTR) return -1;
    if (errno == EAGAIN && !wait(POLLIN, until)) return -1;
  }
}

int Connection::read_head() {
  while ((head_end_ = head_.find("\r\n\r\n")) == std::string::npos) {
    if (head_.size() >= limits_.head_bytes) return 431;
    char piece[4096];
    const std::ptrdiff_t count = receive(piece, std::min(sizeof piece, limits_.head_bytes - head_.size()), head_until_);
    if (count <= 0) return count < 0 && Clock::now() >= head_until_ && !head_.empty() ? 408 : -1;
    head_.append(piece, static_cast<std::size_t>(count));
  }
  head_end_ += 4;
  body_until_ = Clock::now() + limits_.body_time;
  body_read_ = head_.size() - head_end_;
  return check_head();
}

int Connection::check_head() {
  const std::string_view head(head_.data(), head_end_);
  if (head.find('\0') != std::string_view::npos) return 400;
  for (const std::string_view name : {"host", "content-length", "transfer-encoding", "content-type", "origin", "range"}) {
    const std::size_t first = find_header(head, name);
    if (first != std::string_view::npos && find_header(head, name, first) != std::string_view::npos) return 400;
  }
  const bool length = find_header(head, "content-length") != std::string_view::npos;
  if (length && find_header(head, "transfer-encoding") != std::string_view::npos) return 400;
  // The HTTP library would answer ranges itself, before If-Range could be looked at and with several
  // parts; under another name the header reaches the handler.
  if (const std::size_t at = find_header(head, "range"); at != std::string_view::npos) head_[at] = kRangeAlias.front();
  return 0;
}

std::ptrdiff_t Connection::read(char* out, std::size_t size) {
  if (taken_ < head_.size()) {
    const std::size_t count = std::min(size, head_.size() - taken_);
    std::memcpy(out, head_.data() + taken_, count);
    taken_ += count;
    return static_cast<std::ptrdiff_t>(count);
  }
  if (body_too_large()) return -1;
  const std::ptrdiff_t count = receive(out, size, body_until_);
  if (count > 0) body_read_ += static_cast<std::size_t>(count);
  return count;
}

std::ptrdiff_t Connection::write(const char* bytes, std::size_t size) {
  for (;;) {
    const ssize_t count = ::send(fd_, bytes, size, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count >= 0) return count;
    if (errno == EINTR) continue;
    if (errno != EAGAIN || !wait(POLLOUT, Clock::now() + limits_.write_time)) return -1;
  }
}

bool Connection::client_gone() const {
  pollfd wanted{fd_, POLLRDHUP, 0};
  return ::poll(&wanted, 1, 0) > 0 && (wanted.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

void Connection::cut() { ::shutdown(fd_, SHUT_RDWR); }

}  // namespace lab::server
