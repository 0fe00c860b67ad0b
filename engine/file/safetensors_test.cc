#include "file/safetensors.h"

#include <gtest/gtest.h>

#include <filesystem>

namespace lab {
namespace {

namespace fs = std::filesystem;

std::shared_ptr<const ByteSource> open_file(const fs::path& path) {
  auto source = map_file(path.string());
  if (!source) {
    ADD_FAILURE() << source.error().text();
    return bytes_source({}, path.string());
  }
  return *source;
}

TEST(Safetensors, ReadsEveryGoldenFile) {
  int files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(LAB_ORACLE_DIR)) {
    if (entry.path().extension() != ".safetensors") continue;
    SCOPED_TRACE(entry.path().string());
    const auto file = Safetensors::read(open_file(entry.path()));
    ASSERT_TRUE(file) << file.error().text();
    EXPECT_FALSE(file->tensors().empty());
    for (const auto& [name, view] : file->tensors()) {
      EXPECT_EQ(file->tensor(name), &view);
      EXPECT_EQ(view.bytes.size(), storage_bytes(view.dtype, view.elements()));
    }
    ++files;
  }
  EXPECT_GT(files, 30);
}

TEST(Safetensors, GivesShapesTypesAndBytesOfTheHeader) {
  const auto file =
      Safetensors::read(open_file(fs::path(LAB_ORACLE_DIR) / "quant/gguf.safetensors"));
  ASSERT_TRUE(file) << file.error().text();
  const TensorView* input = file->tensor("input");
  ASSERT_NE(input, nullptr);
  EXPECT_EQ(input->dtype, DType::kF32);
  EXPECT_EQ(input->shape, (std::vector<std::uint64_t>{8, 256}));
  EXPECT_EQ(file->tensor("Q4_1.bytes")->dtype, DType::kU8);
  EXPECT_EQ(file->tensor("Q4_1.bytes")->shape, (std::vector<std::uint64_t>{8, 160}));
  EXPECT_EQ(file->tensor("absent"), nullptr);
  EXPECT_EQ(file->tensors().front().name, "BF16.f32");  // lowest offset
}

std::string bytes_of(const TensorView& view) {
  return {reinterpret_cast<const char*>(view.bytes.data()), view.bytes.size()};
}

TEST(Safetensors, WritesWhatItReads) {
  const auto path = fs::path(testing::TempDir()) / "round_trip.safetensors";
  const float numbers[] = {1, 2, 3, 4, 5, 6};
  const std::int64_t index[] = {-1};
  const std::vector<NamedTensor> tensors{
      {"b \"quoted\" \u00e9", {DType::kF32, {2, 3}, std::as_bytes(std::span(numbers))}},
      {"scalar", {DType::kI64, {}, std::as_bytes(std::span(index))}},
      {"empty", {DType::kBF16, {0, 5}, {}}},
  };
  const auto status =
      write_safetensors(path.string(), tensors, {{"format", "pt"}, {"line", "a\nb"}});
  ASSERT_TRUE(status) << status.error().text();

  const auto file = Safetensors::read(open_file(path));
  ASSERT_TRUE(file) << file.error().text();
  EXPECT_EQ(file->metadata(),
            (std::map<std::string, std::string>{{"format", "pt"}, {"line", "a\nb"}}));
  ASSERT_EQ(file->tensors().size(), tensors.size());
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const auto& [name, view] = file->tensors()[i];
    EXPECT_EQ(name, tensors[i].name);
    EXPECT_EQ(view.dtype, tensors[i].view.dtype);
    EXPECT_EQ(view.shape, tensors[i].view.shape);
    EXPECT_EQ(bytes_of(view), bytes_of(tensors[i].view));
  }
  EXPECT_FALSE(fs::exists(path.string() + ".part"));
}

TEST(Safetensors, HeaderPlacesDataAtAMultipleOfEight) {
  for (std::size_t length = 1; length < 20; ++length) {
    const std::string header =
        safetensors_header({{std::string(length, 'n'), {DType::kU8, {0}, {}}}}, {});
    EXPECT_EQ(header.size() % 8, 0u);
    EXPECT_EQ(header[8], '{');
    EXPECT_TRUE(Safetensors::read(bytes_source(header, "memory")));
  }
}

TEST(Safetensors, RefusesToWriteWhatCouldNotBeRead) {
  const auto path = (fs::path(testing::TempDir()) / "refused.safetensors").string();
  const std::byte bytes[18]{};
  const auto code = [&](std::vector<NamedTensor> tensors) {
    const auto status = write_safetensors(path, tensors, {});
    return status ? Code::kIo : status.error().code;
  };
  const NamedTensor good{"a", {DType::kU8, {18}, bytes}};
  EXPECT_EQ(code({good, good}), Code::kBadArgument);
  EXPECT_EQ(code({{"__metadata__", good.view}}), Code::kBadArgument);
  EXPECT_EQ(code({{"q", {DType::kQ4_0, {32}, bytes}}}), Code::kBadArgument);
  EXPECT_EQ(code({{"short", {DType::kF32, {5}, bytes}}}), Code::kBadArgument);
  EXPECT_FALSE(fs::exists(path));
}

TEST(Safetensors, SaysHowManyBytesFollowTheLastTensor) {
  const auto refused = Safetensors::read(bytes_source(std::string("\2\0\0\0\0\0\0\0{}12345", 15), "input"));
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().text().find("5 bytes after last tensor"), std::string::npos);
}

}  // namespace
}  // namespace lab
