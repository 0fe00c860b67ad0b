#include "base/thread_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <numeric>
#include <vector>

namespace lab {
namespace {

TEST(ThreadPool, RunsEveryChunkOnceWhateverTheNumbers) {
  for (const int threads : {1, 2, 3, 8}) {
    ThreadPool pool(threads);
    EXPECT_EQ(pool.threads(), threads);
    for (const std::int64_t chunks : {0, 1, 2, 7, 1000}) {
      std::vector<std::atomic<int>> times(static_cast<std::size_t>(chunks));
      pool.for_chunks(chunks, [&](std::int64_t chunk, int worker) {
        EXPECT_GE(worker, 0);
        EXPECT_LT(worker, threads);
        ++times[static_cast<std::size_t>(chunk)];
      });
      for (const auto& count : times) EXPECT_EQ(count, 1);
    }
  }
}

TEST(ThreadPool, GivesNoWorkerTwoChunksAtATime) {
  ThreadPool pool(4);
  std::atomic<int> inside[4] = {};
  for (int run = 0; run < 200; ++run)
    pool.for_chunks(16, [&](std::int64_t, int worker) {
      EXPECT_EQ(inside[worker].fetch_add(1), 0);
      inside[worker].fetch_sub(1);
    });
}

TEST(ThreadPool, FinishesARunBeforeTheNextBegins) {
  // What a run writes without any lock the next one reads; workers that are late must not meet the wrong run.
  ThreadPool pool(5);
  std::vector<std::int64_t> values(64, 0);
  for (std::int64_t run = 1; run <= 20000; ++run) {
    const auto chunks = static_cast<std::int64_t>(values.size()) - run % 3;
    pool.for_chunks(chunks, [&](std::int64_t chunk, int) { values[static_cast<std::size_t>(chunk)] += run; });
    if (run % 1000 == 0) values[0] = std::accumulate(values.begin(), values.end(), std::int64_t{0}) % 1000;
  }
  std::vector<std::int64_t> expected(64, 0);
  for (std::int64_t run = 1; run <= 20000; ++run) {
    for (std::size_t i = 0; i < expected.size() - static_cast<std::size_t>(run % 3); ++i) expected[i] += run;
    if (run % 1000 == 0) expected[0] = std::accumulate(expected.begin(), expected.end(), std::int64_t{0}) % 1000;
  }
  EXPECT_EQ(values, expected);
}

}  // namespace
}  // namespace lab
