#include "infer/stop_filter.h"

#include <gtest/gtest.h>

namespace lab {
namespace {

/// What comes out if `text` arrives in pieces of `size` bytes.
std::string through(std::vector<std::string> stops, const std::string& text, std::size_t size, bool* stopped) {
  StopFilter filter(std::move(stops));
  std::string out;
  for (std::size_t at = 0; at < text.size(); at += size) out += filter.push(text.substr(at, size));
  *stopped = filter.stopped();
  return filter.stopped() ? out : out + filter.flush();
}

TEST(StopFilter, EndsBeforeAStopTextHoweverItArrives) {
  for (std::size_t size = 1; size < 12; ++size) {
    bool stopped = false;
    EXPECT_EQ(through({"###", "\nUser:"}, "An answer.\nUser: more", size, &stopped), "An answer.");
    EXPECT_TRUE(stopped);
  }
}

TEST(StopFilter, LetsBeginningsOfAStopTextThroughWhenTheyComeToNothing) {
  for (std::size_t size = 1; size < 12; ++size) {
    bool stopped = true;
    EXPECT_EQ(through({"###", "\nUser:"}, "a # b ## c\nUs", size, &stopped), "a # b ## c\nUs");
    EXPECT_FALSE(stopped);
  }
}

TEST(StopFilter, WithoutStopTextsHoldsNothingBack) {
  StopFilter filter({});
  EXPECT_EQ(filter.push("all of it"), "all of it");
}

}  // namespace
}  // namespace lab
