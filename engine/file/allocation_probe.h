// For tests: measures how much memory a piece of code asks for and how long it computes.
#pragma once

#include <cstddef>
#include <ctime>

namespace lab {

/// From its construction on: the largest single allocation of this thread, and its CPU time.
class AllocationProbe {
 public:
  AllocationProbe();
  std::size_t largest_bytes() const;
  double cpu_ms() const;

 private:
  std::timespec start_;
};

}  // namespace lab
