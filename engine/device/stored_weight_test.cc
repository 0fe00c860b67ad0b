#include "device/stored_weight.h"

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace lab {
namespace {

constexpr std::array<std::byte, 68> kBytes{};

Code refusal(DType dtype, std::vector<std::uint64_t> shape, std::size_t bytes) {
  const auto weight = stored_weight({dtype, std::move(shape), std::span(kBytes).first(bytes)});
  EXPECT_FALSE(weight);
  return weight ? Code::kBusy : weight.error().code;
}

TEST(StoredWeight, SeesTheViewsBytes) {
  const auto weight = stored_weight({DType::kQ8_0, {2, 32}, kBytes});
  ASSERT_TRUE(weight);
  EXPECT_EQ(weight->address, reinterpret_cast<std::uint64_t>(kBytes.data()));
  EXPECT_EQ(weight->dtype, DType::kQ8_0);
  EXPECT_EQ(weight->rows, 2);
  EXPECT_EQ(weight->cols, 32);
}

TEST(StoredWeight, RefusesWhatNoDeviceCanMultiplyWith) {
  EXPECT_EQ(refusal(DType::kF32, {4}, 16), Code::kMismatch);
  EXPECT_EQ(refusal(DType::kF32, {1, 2, 2}, 16), Code::kMismatch);
  EXPECT_EQ(refusal(DType::kF32, {0, 4}, 0), Code::kMismatch);
  EXPECT_EQ(refusal(DType::kI32, {2, 2}, 16), Code::kUnsupported);
  EXPECT_EQ(refusal(DType::kQ8_0, {4, 16}, 68), Code::kUnsupported);
}

TEST(StoredWeight, RefusesBytesThatDoNotFitTheShape) {
  EXPECT_EQ(refusal(DType::kF32, {2, 2}, 15), Code::kMismatch);
  EXPECT_EQ(refusal(DType::kF32, {2, 2}, 17), Code::kMismatch);
  // 2^63 * 2 elements, and 2^62 * 4 bytes, are 0 where sizes wrap.
  EXPECT_EQ(refusal(DType::kF32, {std::uint64_t{1} << 63, 2}, 0), Code::kMismatch);
  EXPECT_EQ(refusal(DType::kF32, {std::uint64_t{1} << 62, 1}, 0), Code::kMismatch);
}

}  // namespace
}  // namespace lab
