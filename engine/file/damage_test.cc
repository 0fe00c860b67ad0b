// Readers against damaged files: cut at every byte, or with one byte changed. Whatever they accept
// must be usable without further checks; the sanitizer builds watch for the rest.
#include <gtest/gtest.h>

#include <functional>
#include <numeric>

#include "base/rng.h"
#include "file/gguf.h"
#include "file/gguf_writer.h"
#include "file/json.h"
#include "file/safetensors.h"

namespace lab {
namespace {

constexpr int kMutations = 20'000;

/// Reads a file and uses everything it holds; the error if it is refused.
using Reader = std::function<Status(const std::string& bytes)>;

std::uint64_t sum(std::span<const std::byte> bytes) {
  return std::accumulate(
      bytes.begin(), bytes.end(), std::uint64_t{0},
      [](std::uint64_t total, std::byte b) { return total + std::to_integer<int>(b); });
}

void expect_inside(const TensorView& view, const std::shared_ptr<const ByteSource>& source) {
  const auto file = source->bytes();
  EXPECT_EQ(storage_bytes(view.dtype, view.elements()), view.bytes.size());
  if (view.bytes.empty()) return;
  EXPECT_GE(view.bytes.data(), file.data());
  EXPECT_LE(view.bytes.data() + view.bytes.size(), file.data() + file.size());
  EXPECT_LE(sum(view.bytes), 255 * file.size());
}

Status use_safetensors(const std::string& bytes) {
  const auto source = bytes_source(bytes, "input");
  LAB_TRY(const auto file, Safetensors::read(source));
  for (const auto& tensor : file.tensors()) expect_inside(tensor.view, source);
  return {};
}

Status use_gguf(const std::string& bytes) {
  const auto source = bytes_source(bytes, "input");
  LAB_TRY(const auto file, Gguf::read(source));
  for (const auto& tensor : file.tensors()) expect_inside(tensor.view, source);
  for (const auto& [key, value] : file.metadata()) {
    EXPECT_EQ(file.find(key), &value);
    if (const auto text = file.string(key); text && *text) {
      EXPECT_LE(sum(std::as_bytes(std::span(**text))), 255 * bytes.size());
    }
    if (const auto list = file.strings(key); list && *list)
      for (const auto text : **list) {
        EXPECT_LE(sum(std::as_bytes(std::span(text))), 255 * bytes.size());
      }
  }
  return {};
}

Status use_json(const std::string& bytes) {
  LAB_TRY(const Json json, parse_json(bytes, "input"));
  const auto again = parse_json(json.dump(), "dump");
  EXPECT_TRUE(again && again->dump() == json.dump());
  return {};
}

std::string safetensors_file() {
  static const std::byte bytes[40]{};
  const auto view = [](DType dtype, std::vector<std::uint64_t> shape, std::size_t size) {
    return TensorView{dtype, std::move(shape), std::span(bytes).first(size)};
  };
  std::string file = safetensors_header({{"first", view(DType::kF32, {2, 3}, 24)},
                                         {"second", view(DType::kBF16, {4}, 8)},
                                         {"scalar", view(DType::kI64, {}, 8)}},
                                        {{"format", "pt"}});
  return file.append(40, '\x01');
}

std::string gguf_file() {
  static const std::byte bytes[40]{};
  const std::string path = testing::TempDir() + "damage_test.gguf";
  const GgufMetadata metadata{
      {"general.architecture", gguf_string("llama")},
      {"general.alignment", gguf_u32(32)},
      {"llama.eps", gguf_f32(1e-5f)},
      {"flag", gguf_bool(true)},
      {"tokens", gguf_strings({"a", "bc", ""})},
      {"types", {GgufType::kArray, GgufArray{GgufType::kI32, std::vector<std::int64_t>{1, 2, 3}}}},
      {"scores", {GgufType::kArray, GgufArray{GgufType::kF32, std::vector<double>{0, 1, 2}}}},
      {"big", {GgufType::kU64, ~std::uint64_t{0}}},
  };
  const auto status = write_gguf(path, metadata,
                                 {{"blocks", {DType::kQ4_1, {2, 32}, std::span(bytes).first(40)}},
                                  {"plain", {DType::kF32, {8}, std::span(bytes).first(32)}}});
  EXPECT_TRUE(status);
  const auto source = map_file(path);
  if (!source) return {};
  const auto file = (*source)->bytes();
  return {reinterpret_cast<const char*>(file.data()), file.size()};
}

std::string json_text() {
  return R"({"list":[1,-2.5e3,true,false,null,"\u00e9\n\ud83d\ude00"],)"
         R"("object":{"a":{},"b":[]},"text":"äß"})";
}

void cut_everywhere(const std::string& file, const Reader& use) {
  ASSERT_FALSE(file.empty());
  const auto whole = use(file);
  ASSERT_TRUE(whole) << whole.error().text();
  for (std::size_t size = 0; size < file.size(); ++size) {
    const auto status = use(file.substr(0, size));
    ASSERT_FALSE(status) << "accepted when cut to " << size << " bytes";
    EXPECT_EQ(status.error().file, "input") << size;
    EXPECT_GE(status.error().offset, 0) << size;
    EXPECT_LE(status.error().offset, static_cast<std::int64_t>(size)) << status.error().text();
  }
}

void change_bytes(const std::string& file, const Reader& use) {
  ASSERT_FALSE(file.empty());
  const Philox rng(20, Stream::kSample);
  int refused = 0;
  for (std::uint64_t i = 0; i < kMutations; ++i) {
    std::string damaged = file;
    const auto place = rng.below(2 * i, static_cast<std::uint32_t>(file.size()));
    damaged[place] = static_cast<char>(rng.below(2 * i + 1, 256));
    const auto status = use(damaged);
    if (status) continue;
    ++refused;
    ASSERT_FALSE(status.error().message.empty());
    ASSERT_EQ(status.error().file, "input") << status.error().text();
  }
  EXPECT_GT(refused, kMutations / 10);
  EXPECT_LT(refused, kMutations);
}

TEST(Damage, CutSafetensorsAreRefused) { cut_everywhere(safetensors_file(), use_safetensors); }
TEST(Damage, CutGgufIsRefused) { cut_everywhere(gguf_file(), use_gguf); }
TEST(Damage, CutJsonIsRefused) { cut_everywhere(json_text(), use_json); }

TEST(Damage, ChangedSafetensorsAreRefusedOrUsable) {
  change_bytes(safetensors_file(), use_safetensors);
}
TEST(Damage, ChangedGgufIsRefusedOrUsable) { change_bytes(gguf_file(), use_gguf); }
TEST(Damage, ChangedJsonIsRefusedOrUsable) { change_bytes(json_text(), use_json); }

}  // namespace
}  // namespace lab
