// Waiting: says what is being done, and every few seconds that it still is, so that no pause is silent.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

namespace lab::cli {

class Waiting {
 public:
  Waiting();
  ~Waiting();                        ///< ends the thread and clears its line

  /// Says it at once, on stderr.
  void on(const std::string& what);
  /// Says it only if it takes longer than about two seconds.
  void quietly_on(const std::string& what);
  /// A line that stays.
  void say(const std::string& line);

 private:
  using Clock = std::chrono::steady_clock;
  void watch();

  const bool terminal_;
  std::mutex mutex_;
  std::condition_variable ended_;
  std::string what_;
  Clock::time_point began_, said_;
  bool end_ = false, repeated_ = false;
  std::thread thread_;               ///< last: it uses the others
};

}  // namespace lab::cli
