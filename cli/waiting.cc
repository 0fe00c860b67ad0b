#include "waiting.h"

#include <unistd.h>

#include <cstdio>

#include "base/cat.h"
#include "report.h"

namespace lab::cli {

Waiting::Waiting() : terminal_(isatty(STDERR_FILENO) == 1), thread_([this] { watch(); }) {}

Waiting::~Waiting() {
  {
    const std::lock_guard lock(mutex_);
    end_ = true;
  }
  ended_.notify_all();
  thread_.join();
  if (terminal_ && !what_.empty()) std::fputs("\r\033[K", stderr);
}

void Waiting::on(const std::string& what) {
  quietly_on(what);
  std::fprintf(stderr, terminal_ ? "\r\033[K%s ..." : "%s\n", what.c_str());
  std::fflush(stderr);
}

void Waiting::quietly_on(const std::string& what) {
  const std::lock_guard lock(mutex_);
  what_ = what;
  began_ = said_ = Clock::now();
  repeated_ = false;
}

void Waiting::say(const std::string& line) {
  std::fprintf(stderr, terminal_ ? "\r\033[K%s\n" : "%s\n", line.c_str());
}

void Waiting::watch() {
  std::unique_lock lock(mutex_);
  while (!ended_.wait_for(lock, std::chrono::milliseconds(200), [this] { return end_; })) {
    const auto now = Clock::now();
    const auto pause = std::chrono::milliseconds(terminal_ && repeated_ ? 1000 : repeated_ ? 5000 : 1800);
    if (what_.empty() || now - said_ < pause) continue;
    said_ = now;
    repeated_ = true;
    const std::string line = cat(what_, ": ", human_time(std::chrono::duration<double>(now - began_).count()));
    std::fprintf(stderr, terminal_ ? "\r\033[K%s" : "  still %s\n", line.c_str());
    std::fflush(stderr);
  }
}

}  // namespace lab::cli
