#include "tensor/dtype.h"

#include <gtest/gtest.h>

#include <limits>

namespace lab {
namespace {

TEST(DType, StorageBytesCountsWholeBlocks) {
  EXPECT_EQ(storage_bytes(DType::kF32, 3), 12u);
  EXPECT_EQ(storage_bytes(DType::kQ4_1, 64), 40u);
  EXPECT_EQ(storage_bytes(DType::kQ6_K, 256), 210u);
  EXPECT_EQ(storage_bytes(DType::kQ4_K, 0), 0u);
}

TEST(DType, StorageBytesRefusesPartialBlocksAndOverflow) {
  EXPECT_EQ(storage_bytes(DType::kQ4_0, 33), std::nullopt);
  EXPECT_EQ(storage_bytes(DType::kQ4_K, 32), std::nullopt);
  const auto huge = std::numeric_limits<std::uint64_t>::max();
  EXPECT_EQ(storage_bytes(DType::kF32, huge / 4 + 1), std::nullopt);
  EXPECT_EQ(storage_bytes(DType::kF32, huge / 4), huge / 4 * 4);
  EXPECT_EQ(storage_bytes(DType::kQ8_0, huge - huge % 32), std::nullopt);
}

TEST(DType, SafetensorsNamesFindPlainTypesOnly) {
  EXPECT_EQ(dtype_from_safetensors("BF16"), DType::kBF16);
  EXPECT_EQ(dtype_from_safetensors("BOOL"), DType::kBool);
  EXPECT_EQ(dtype_from_safetensors("I64"), DType::kI64);
  EXPECT_EQ(dtype_from_safetensors("Q4_0"), std::nullopt);
  EXPECT_EQ(dtype_from_safetensors("F8_E4M3"), std::nullopt);
  EXPECT_EQ(dtype_from_safetensors("f32"), std::nullopt);
}

}  // namespace
}  // namespace lab
