#include "file/gguf_writer.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

namespace lab {
namespace {

namespace fs = std::filesystem;

std::string contents(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

Result<Gguf> read_file(const fs::path& path) {
  LAB_TRY(auto source, map_file(path.string()));
  return Gguf::read(std::move(source));
}

std::string temporary(const char* name) { return (fs::path(testing::TempDir()) / name).string(); }

TEST(GgufWriter, CopiesEveryGoldenFileByteForByte) {
  const std::string copy = temporary("copy.gguf");
  int files = 0;
  for (const auto& entry : fs::directory_iterator(fs::path(LAB_ORACLE_DIR) / "gguf")) {
    if (entry.path().extension() != ".gguf") continue;
    SCOPED_TRACE(entry.path().string());
    const auto file = read_file(entry.path());
    ASSERT_TRUE(file) << file.error().text();
    std::vector<NamedTensor> tensors;
    for (const auto& tensor : file->tensors()) tensors.push_back({tensor.name, tensor.view});
    const auto status = write_gguf(copy, file->metadata(), tensors);
    ASSERT_TRUE(status) << status.error().text();
    EXPECT_TRUE(contents(copy) == contents(entry.path()));
    ++files;
  }
  EXPECT_GE(files, 6);
}

TEST(GgufWriter, WritesEveryTypeOfValue) {
  const GgufMetadata metadata{
      {"a.string", gguf_string("text")},
      {"a.bool", gguf_bool(true)},
      {"a.u32", gguf_u32(4'000'000'000)},
      {"a.f32", gguf_f32(0.1f)},
      {"a.u64", {GgufType::kU64, ~std::uint64_t{0}}},
      {"a.i8", {GgufType::kI8, std::int64_t{-128}}},
      {"a.u16", {GgufType::kU16, std::int64_t{65'535}}},
      {"a.i64", {GgufType::kI64, std::int64_t{-1}}},
      {"a.f64", {GgufType::kF64, 0.1}},
      {"a.strings", gguf_strings({"x", "", "y"})},
      {"a.flags", {GgufType::kArray, GgufArray{GgufType::kBool, std::vector<std::int64_t>{0, 1}}}},
      {"a.reals", {GgufType::kArray, GgufArray{GgufType::kF32, std::vector<double>{0.5, -1}}}},
  };
  const std::string path = temporary("values.gguf");
  ASSERT_TRUE(write_gguf(path, metadata, {}));
  const auto file = read_file(path);
  ASSERT_TRUE(file) << file.error().text();
  ASSERT_EQ(file->metadata().size(), metadata.size());
  for (std::size_t i = 0; i < metadata.size(); ++i) {
    EXPECT_EQ(file->metadata()[i].first, metadata[i].first);
    EXPECT_EQ(file->metadata()[i].second.type, metadata[i].second.type);
  }
  EXPECT_EQ(*file->string("a.string"), "text");
  EXPECT_EQ(*file->boolean("a.bool"), true);
  EXPECT_EQ(*file->integer("a.u32"), 4'000'000'000);
  EXPECT_EQ(*file->number("a.f32"), static_cast<double>(0.1f));
  EXPECT_EQ(std::get<std::uint64_t>(file->find("a.u64")->value), ~std::uint64_t{0});
  EXPECT_EQ(file->integer("a.u64").error().code, Code::kCorrupt);
  EXPECT_EQ(*file->integer("a.i8"), -128);
  EXPECT_EQ(*file->integer("a.u16"), 65'535);
  EXPECT_EQ(*file->integer("a.i64"), -1);
  EXPECT_EQ(*file->number("a.f64"), 0.1);
  EXPECT_EQ(**file->strings("a.strings"), (std::vector<std::string_view>{"x", "", "y"}));
  EXPECT_EQ(**file->integers("a.flags"), (std::vector<std::int64_t>{0, 1}));
  EXPECT_EQ(**file->numbers("a.reals"), (std::vector<double>{0.5, -1}));
}

TEST(GgufWriter, StreamsTensorsInPiecesAndKeepsTheAlignment) {
  const std::string path = temporary("stream.gguf");
  const std::byte bytes[36]{std::byte{7}};
  auto writer = GgufWriter::create(path, {{"general.alignment", gguf_u32(64)}},
                                   {{"a", DType::kQ4_0, {1, 2, 32}}, {"b", DType::kI8, {3}}});
  ASSERT_TRUE(writer) << writer.error().text();
  ASSERT_TRUE(writer->append(std::span(bytes).first(10)));
  EXPECT_EQ(writer->finish().error().code, Code::kBadArgument);
  EXPECT_EQ(writer->append(std::span(bytes).first(27)).error().code, Code::kBadArgument);
  ASSERT_TRUE(writer->append(std::span(bytes).first(26)));
  ASSERT_TRUE(writer->append(std::span(bytes).first(3)));
  EXPECT_EQ(writer->append(std::span(bytes).first(1)).error().code, Code::kBadArgument);
  EXPECT_FALSE(fs::exists(path));
  ASSERT_TRUE(writer->finish());

  const auto file = read_file(path);
  ASSERT_TRUE(file) << file.error().text();
  EXPECT_EQ(file->alignment(), 64u);
  EXPECT_EQ(file->tensor("a")->view.shape, (std::vector<std::uint64_t>{1, 2, 32}));
  EXPECT_EQ(file->tensor("a")->file_offset % 64, 0u);
  EXPECT_EQ(file->tensor("b")->file_offset, file->tensor("a")->file_offset + 64);
  EXPECT_EQ(file->tensor("b")->view.bytes[0], std::byte{7});
  fs::remove(path);
}

TEST(GgufWriter, RefusesWhatCouldNotBeRead) {
  const std::string path = temporary("refused.gguf");
  const auto code = [&](const GgufMetadata& metadata, std::vector<GgufTensorInfo> tensors) {
    const auto writer = GgufWriter::create(path, metadata, std::move(tensors));
    return writer ? Code::kIo : writer.error().code;
  };
  EXPECT_EQ(code({{"k", gguf_u32(1)}, {"k", gguf_u32(1)}}, {}), Code::kBadArgument);
  EXPECT_EQ(code({{"", gguf_u32(1)}}, {}), Code::kBadArgument);
  EXPECT_EQ(code({{"k", {GgufType::kU8, std::int64_t{256}}}}, {}), Code::kBadArgument);
  EXPECT_EQ(code({{"k", {GgufType::kU32, 1.0}}}, {}), Code::kBadArgument);
  EXPECT_EQ(code({{"general.alignment", gguf_u32(24)}}, {}), Code::kBadArgument);
  EXPECT_EQ(code({}, {{"a", DType::kF32, {1}}, {"a", DType::kF32, {1}}}), Code::kBadArgument);
  EXPECT_EQ(code({}, {{std::string(64, 'n'), DType::kF32, {1}}}), Code::kBadArgument);
  EXPECT_EQ(code({}, {{"a", DType::kU32, {1}}}), Code::kBadArgument);
  EXPECT_EQ(code({}, {{"a", DType::kQ4_0, {32, 16}}}), Code::kBadArgument);
  EXPECT_EQ(code({}, {{"a", DType::kF32, {}}}), Code::kBadArgument);
  EXPECT_EQ(code({}, {{"a", DType::kF32, {1, 1, 1, 1, 1}}}), Code::kBadArgument);
  EXPECT_EQ(code({}, {{"a", DType::kF32, {1ull << 40, 1ull << 40}}}), Code::kBadArgument);
  EXPECT_FALSE(fs::exists(path));
}

}  // namespace
}  // namespace lab
