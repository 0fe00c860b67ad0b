// Decoders and encoders against gguf-py's bytes and values; here because reading them needs file/.
#include <gtest/gtest.h>

#include <cstring>

#include "file/safetensors.h"
#include "tensor/decode.h"
#include "tensor/encode.h"

namespace lab {
namespace {

constexpr DType kDecodable[] = {DType::kF16,    DType::kBF16,  DType::kQ4_0, DType::kQ4_1,
                                DType::kQ5_0,   DType::kQ5_1,  DType::kQ8_0, DType::kQ2_K,
                                DType::kQ3_K,   DType::kQ4_K,  DType::kQ5_K, DType::kQ6_K,
                                DType::kIQ4_NL, DType::kIQ4_XS};

Result<Safetensors> golden() {
  LAB_TRY(auto source, map_file(std::string(LAB_ORACLE_DIR) + "/quant/gguf.safetensors"));
  return Safetensors::read(std::move(source));
}

/// The elements as bits: equal floats are not enough where -0 and 0 differ.
std::vector<std::uint32_t> bits(std::span<const std::byte> bytes) {
  std::vector<std::uint32_t> words(bytes.size() / 4);
  std::memcpy(words.data(), bytes.data(), bytes.size());
  return words;
}

TEST(QuantGolden, DecodesEveryTypeToTheBit) {
  const auto file = golden();
  ASSERT_TRUE(file) << file.error().text();
  for (const DType dtype : kDecodable) {
    SCOPED_TRACE(std::string(name(dtype)));
    EXPECT_TRUE(info(dtype).decodable);
    const TensorView* blocks = file->tensor(std::string(name(dtype)) + ".bytes");
    const TensorView* values = file->tensor(std::string(name(dtype)) + ".f32");
    ASSERT_TRUE(blocks && values);
    ASSERT_EQ(storage_bytes(dtype, values->elements()), blocks->bytes.size());
    std::vector<float> out(values->elements());
    decode(dtype, blocks->bytes.data(), static_cast<std::int64_t>(out.size()), out.data());
    EXPECT_EQ(bits(std::as_bytes(std::span(out))), bits(values->bytes));
  }
}

TEST(QuantGolden, DecodesFromAnyAddress) {
  const auto file = golden();
  ASSERT_TRUE(file) << file.error().text();
  for (const DType dtype : kDecodable) {
    const TensorView* blocks = file->tensor(std::string(name(dtype)) + ".bytes");
    const TensorView* values = file->tensor(std::string(name(dtype)) + ".f32");
    std::vector<std::byte> shifted(blocks->bytes.size() + 1);
    std::memcpy(shifted.data() + 1, blocks->bytes.data(), blocks->bytes.size());
    std::vector<float> out(values->elements());
    decode(dtype, shifted.data() + 1, static_cast<std::int64_t>(out.size()), out.data());
    EXPECT_EQ(bits(std::as_bytes(std::span(out))), bits(values->bytes)) << name(dtype);
  }
}

TEST(QuantGolden, EncodesEveryWritableTypeToTheByte) {
  const auto file = golden();
  ASSERT_TRUE(file) << file.error().text();
  const TensorView* input = file->tensor("input");
  ASSERT_NE(input, nullptr);
  std::vector<float> values(input->elements());
  std::memcpy(values.data(), input->bytes.data(), input->bytes.size());
  for (const DType dtype : {DType::kF16, DType::kBF16, DType::kQ4_0, DType::kQ4_1, DType::kQ5_0,
                            DType::kQ5_1, DType::kQ8_0}) {
    SCOPED_TRACE(std::string(name(dtype)));
    const TensorView* blocks = file->tensor(std::string(name(dtype)) + ".bytes");
    ASSERT_NE(blocks, nullptr);
    std::vector<std::byte> out(blocks->bytes.size());
    encode(dtype, values.data(), static_cast<std::int64_t>(values.size()), out.data());
    EXPECT_TRUE(std::equal(out.begin(), out.end(), blocks->bytes.begin()));
  }
}

}  // namespace
}  // namespace lab
