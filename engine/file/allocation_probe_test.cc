// Replaces the test program's operator new, so that AllocationProbe sees every allocation.
#include "file/allocation_probe.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <new>
#include <string>

namespace {
thread_local std::size_t largest = 0;
}

void* operator new(std::size_t bytes) {
  largest = std::max(largest, bytes);
  if (void* memory = std::malloc(bytes > 0 ? bytes : 1)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace lab {
namespace {

std::timespec cpu_now() {
  std::timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return now;
}

TEST(AllocationProbe, SeesTheLargestAllocation) {
  const AllocationProbe probe;
  EXPECT_LT(probe.largest_bytes(), 1000u);
  const std::string text(5000, 'x');
  const std::string other(100, 'y');
  EXPECT_GE(probe.largest_bytes(), 5000u);
  EXPECT_LT(probe.largest_bytes(), 20'000u);
  EXPECT_NE(text, other);
}

}  // namespace

AllocationProbe::AllocationProbe() : start_(cpu_now()) { largest = 0; }

std::size_t AllocationProbe::largest_bytes() const { return largest; }

double AllocationProbe::cpu_ms() const {
  const std::timespec now = cpu_now();
  return static_cast<double>(now.tv_sec - start_.tv_sec) * 1e3 +
         static_cast<double>(now.tv_nsec - start_.tv_nsec) * 1e-6;
}

}  // namespace lab
