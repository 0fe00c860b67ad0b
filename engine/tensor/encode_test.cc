#include "tensor/encode.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "base/rng.h"
#include "tensor/decode.h"

namespace lab {
namespace {

constexpr DType kBlockTypes[] = {DType::kQ4_0, DType::kQ4_1, DType::kQ5_0, DType::kQ5_1,
                                 DType::kQ8_0};

std::vector<float> round_trip(DType dtype, const std::vector<float>& values) {
  const auto elements = static_cast<std::int64_t>(values.size());
  std::vector<std::byte> bytes(*storage_bytes(dtype, values.size()));
  encode(dtype, values.data(), elements, bytes.data());
  std::vector<float> out(values.size());
  decode(dtype, bytes.data(), elements, out.data());
  return out;
}

TEST(Encode, ErrorIsWithinOneStepOfTheBlock) {
  const Philox rng(1, Stream::kInit);
  std::vector<float> values(32 * 64);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = rng.normal(i);
  for (const DType dtype : kBlockTypes) {
    ASSERT_TRUE(is_encodable(dtype));
    const auto out = round_trip(dtype, values);
    const float levels = dtype == DType::kQ8_0                            ? 127.0f
                         : dtype == DType::kQ4_0 || dtype == DType::kQ4_1 ? 7.5f
                                                                          : 15.5f;
    for (std::size_t block = 0; block < values.size(); block += 32) {
      float largest = 0;
      for (std::size_t j = 0; j < 32; ++j)
        largest = std::max(largest, std::fabs(values[block + j]));
      for (std::size_t j = 0; j < 32; ++j)
        ASSERT_NEAR(out[block + j], values[block + j], largest / levels * 1.1f) << name(dtype);
    }
  }
}

TEST(Encode, RepeatsWhatItDecoded) {
  // Encoding decoded values again changes nothing: a merge that changes nothing keeps the file.
  const Philox rng(2, Stream::kInit);
  std::vector<float> values(32 * 64);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = rng.normal(i);
  for (const DType dtype : {DType::kF32, DType::kF16, DType::kBF16}) {
    const auto once = round_trip(dtype, values);
    EXPECT_EQ(round_trip(dtype, once), once) << name(dtype);
  }
}

TEST(Encode, ZerosStayZeros) {
  for (const DType dtype : kBlockTypes)
    EXPECT_EQ(round_trip(dtype, std::vector<float>(64)), std::vector<float>(64)) << name(dtype);
}

TEST(Encode, OddValuesStayInTheirBlock) {
  const float infinity = std::numeric_limits<float>::infinity();
  for (const float odd :
       {infinity, -infinity, std::nanf(""), std::numeric_limits<float>::denorm_min(),
        std::numeric_limits<float>::max(), -std::numeric_limits<float>::max()}) {
    for (const DType dtype : kBlockTypes) {
      std::vector<float> values(96, 1.0f);
      values[32 + 7] = odd;
      const auto out = round_trip(dtype, values);
      for (std::size_t i = 0; i < 32; ++i) {
        EXPECT_NEAR(out[i], 1.0f, 1e-3f) << name(dtype);
        EXPECT_NEAR(out[i + 64], 1.0f, 1e-3f) << name(dtype);
      }
    }
  }
}

TEST(Encode, NamesTheTypesItCannotWrite) {
  EXPECT_FALSE(is_encodable(DType::kQ4_K));
  EXPECT_FALSE(is_encodable(DType::kI32));
}

}  // namespace
}  // namespace lab
