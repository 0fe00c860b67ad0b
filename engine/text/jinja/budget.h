// What one rendering may spend: steps of work, and bytes that are alive at the same time.
#pragma once

#include <cstdint>
#include <string_view>

namespace lab::jinja {

/// Once a limit is passed, every later request is refused too; whoever runs the template asks
/// exhausted() between two steps, so builders and loops need no error of their own.
class Budget {
 public:
  static constexpr std::uint64_t kMaxSteps = 10'000'000;
  static constexpr std::uint64_t kMaxLiveBytes = 128u << 20;
  /// Lists in lists in lists ...: bounds the stack that comparing, printing and freeing them takes.
  static constexpr int kMaxValueDepth = 100;

  bool spend(std::uint64_t steps) {
    if (steps > kMaxSteps - steps_) exhaust("more than 10 million steps");
    if (exhausted()) return false;
    steps_ += steps;
    return true;
  }

  /// Asks for memory, before it is allocated; copying it is work, too.
  bool hold(std::uint64_t bytes) {
    if (bytes > kMaxLiveBytes - live_) exhaust("more than 128 MiB of text and values");
    if (!spend(bytes / 32)) return false;
    live_ += bytes;
    return true;
  }
  void release(std::uint64_t bytes) { live_ -= bytes; }

  void exhaust(std::string_view reason) {
    if (reason_.empty()) reason_ = reason;
  }
  bool exhausted() const { return !reason_.empty(); }
  /// What was too much; empty if nothing.
  std::string_view reason() const { return reason_; }

 private:
  std::uint64_t steps_ = 0;
  std::uint64_t live_ = 0;
  std::string_view reason_;
};

}  // namespace lab::jinja
