#include "server/range.h"

#include <gtest/gtest.h>

namespace lab::server {
namespace {

using Answer = ByteRangeAnswer;

Answer part(std::uint64_t begin, std::uint64_t length) { return {Answer::kPart, begin, length}; }

TEST(Range, IsCutOutOfTheFile) {
  EXPECT_EQ(answer_range("bytes=0-0", 1000), part(0, 1));
  EXPECT_EQ(answer_range("bytes=0-999", 1000), part(0, 1000));
  EXPECT_EQ(answer_range("bytes=500-", 1000), part(500, 500));
  EXPECT_EQ(answer_range("bytes=500-100000", 1000), part(500, 500));
  EXPECT_EQ(answer_range("BYTES = 1-2", 1000), part(1, 2));
  EXPECT_EQ(answer_range("bytes=1-99999999999999999999999", 1000), part(1, 999));
}

TEST(Range, OfLastBytesCountsFromTheEnd) {
  EXPECT_EQ(answer_range("bytes=-500", 1000), part(500, 500));
  EXPECT_EQ(answer_range("bytes=-5000", 1000), part(0, 1000));
  EXPECT_EQ(answer_range("bytes=-99999999999999999999999", 1000), part(0, 1000));
}

TEST(Range, BeyondTheFileIsUnsatisfiable) {
  for (const char* header : {"bytes=1000-", "bytes=1000-2000", "bytes=99999999999999999999-", "bytes=-0"})
    EXPECT_EQ(answer_range(header, 1000).kind, Answer::kUnsatisfiable) << header;
  for (const char* header : {"bytes=0-", "bytes=-1", "bytes=0-0"})
    EXPECT_EQ(answer_range(header, 0).kind, Answer::kUnsatisfiable) << header;
}

TEST(Range, ThatIsMalformedOrManifoldIsIgnored) {
  for (const char* header : {"", "bytes", "bytes=", "bytes=-", "bytes=a-b", "bytes=500-100", "bytes=1-2,4-5", "bytes=,", "bytes=1-2-3", "bytes=--1",
                             "bytes=+1-2", "bytes=0x1-2", "bytes=1 -2", "items=0-1", "=0-1", "bytes=1-2\n"})
    EXPECT_EQ(answer_range(header, 1000).kind, Answer::kWhole) << header;
}

}  // namespace
}  // namespace lab::server
