// Arena: one block of device memory that a step hands out and takes back like a stack.
#pragma once

#include <algorithm>
#include <cstdint>

#include "device/device.h"

namespace lab {

/// The same sequence of calls gives the same addresses, so a run on the count device tells exactly
/// how large the block must be. Running over the end is a bug in LoRA Lab, not an input error.
class Arena {
 public:
  /// `bytes` from device.allocate(); a counting device passes UINT64_MAX.
  Arena(std::uint64_t address, std::uint64_t bytes, std::uint32_t real_bytes)
      : base_(address), capacity_(bytes), width_(real_bytes) {}

  Reals reals(std::int64_t count) {
    return {take(static_cast<std::uint64_t>(count) * width_), count, width_};
  }
  Ints ints(std::int64_t count) { return {take(static_cast<std::uint64_t>(count) * 4), count}; }

  std::uint64_t mark() const { return used_; }
  void release(std::uint64_t mark) { used_ = mark; }
  std::uint64_t peak_bytes() const { return peak_; }

  /// Gives back what was taken during its life.
  class Scope {
   public:
    explicit Scope(Arena& arena) : arena_(arena), mark_(arena.mark()) {}
    ~Scope() { arena_.release(mark_); }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    Arena& arena_;
    std::uint64_t mark_;
  };

 private:
  std::uint64_t take(std::uint64_t bytes) {
    const std::uint64_t at = used_;
    used_ += (bytes + 63) & ~std::uint64_t{63};
    if (used_ > capacity_) __builtin_trap();
    peak_ = std::max(peak_, used_);
    return base_ + at;
  }

  std::uint64_t base_, capacity_, used_ = 0, peak_ = 0;
  std::uint32_t width_;
};

}  // namespace lab
