// Every case through the public readers: code, place, remedy, memory and time.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "base/cat.h"
#include "errors_document.h"
#include "file/allocation_probe.h"
#include "read_case.h"

namespace lab::malformed {

void PrintTo(const Case& one, std::ostream* out) { *out << one.what; }

namespace {

namespace fs = std::filesystem;

constexpr double kMostCpuMs = 2000;  // loose: what counts is printed, and that nothing hangs

std::size_t input_bytes(const Case& one) {
  std::size_t bytes = 0;
  for (const auto& file : one.files) bytes += file.second.size();
  return bytes;
}

/// What a reader may allocate at once: parsed JSON is wider than its text, and a vector that grows
/// has up to twice its size. A regular expression has at most 20000 instructions.
std::size_t justified_bytes(const Case& one) {
  const bool expressions = one.format == Format::kTokenizer || one.format == Format::kAdapter;
  return (expressions ? 1024 : 8) * 1024 + 4 * input_bytes(one);
}

class Malformed : public testing::TestWithParam<Case> {
 protected:
  Malformed() : root_((fs::path(testing::TempDir()) / "malformed").string()) {
    const auto written = write_case(GetParam(), root_);
    EXPECT_TRUE(written) << written.error().text();
  }
  ~Malformed() override { fs::remove_all(folder_of(GetParam(), root_)); }
  std::string root_;
};

TEST_P(Malformed, IsAnsweredWithCodePlaceRemedyAndLittleMemory) {
  const Case& one = GetParam();
  SCOPED_TRACE(one.what);
  const AllocationProbe probe;
  const Status status = read_case(one, root_);
  const std::size_t largest = probe.largest_bytes();
  const double cpu_ms = probe.cpu_ms();
  std::printf("%s: %.1f ms, at most %zu bytes for %zu; %s\n", one.id.c_str(), cpu_ms, largest, input_bytes(one),
              status ? "accepted" : status.error().text().c_str());
  EXPECT_LE(largest, justified_bytes(one));
  EXPECT_LT(cpu_ms, kMostCpuMs);
  ASSERT_EQ(status.has_value(), !one.expected.code) << (status ? "accepted" : status.error().text());
  if (status) return;
  const Error& error = status.error();
  EXPECT_EQ(code_name(error.code), code_name(*one.expected.code)) << error.text();
  EXPECT_EQ(error.field, one.expected.field) << error.text();
  EXPECT_EQ(error.offset, one.expected.offset) << error.text();
  EXPECT_EQ(error.line, one.expected.line) << error.text();
  EXPECT_TRUE(error.file.starts_with(folder_of(one, root_))) << error.text();
  EXPECT_GT(error.message.size(), 10u);
  EXPECT_TRUE(error.remedy.ends_with('.')) << error.text();
}

INSTANTIATE_TEST_SUITE_P(All, Malformed, testing::ValuesIn(all_cases()),
                         [](const auto& test) { return test.param.id; });

TEST(MalformedTable, HasEveryIdOfTheListAndEachOnce) {
  std::set<std::string> ids, numbers;
  for (const Case& one : all_cases()) {
    EXPECT_TRUE(ids.insert(one.id).second) << one.id;
    numbers.insert(one.id.substr(0, one.id.find_first_of("abcdefghijklmnopqrstuvwxyz")));
  }
  for (const auto& [letter, count] : {std::pair('S', 14), {'G', 17}, {'T', 8}, {'A', 6}, {'J', 7}})
    for (int i = 1; i <= count; ++i) EXPECT_TRUE(numbers.contains(cat(letter, i))) << letter << i;
}

TEST(ErrorsDocument, SaysWhatTheTableSays) {
  std::ifstream file(LAB_SOURCE_DIR "/docs/errors.md");
  std::stringstream text;
  text << file.rdbuf();
  EXPECT_TRUE(text.str() == errors_document(all_cases()))
      << "docs/errors.md is stale; write it again with: malformed_corpus --errors > docs/errors.md";
}

}  // namespace
}  // namespace lab::malformed
