// Every malformed safetensors file S1..S13 of the list in tests/malformed, refused with its place.
#include <gtest/gtest.h>

#include <cstring>

#include "base/cat.h"
#include "file/allocation_probe.h"
#include "file/safetensors.h"

namespace lab {
namespace {

std::string little_endian(std::uint64_t value) {
  std::string bytes(8, '\0');
  std::memcpy(bytes.data(), &value, 8);
  return bytes;
}

/// A file of this header and `data` zero bytes.
std::string file(const std::string& header, std::size_t data = 0) {
  return little_endian(header.size()) + header + std::string(data, '\0');
}

/// One tensor's entry.
std::string entry(const std::string& name, const std::string& dtype, const std::string& shape,
                  const std::string& offsets) {
  return cat('"', name, "\":{\"dtype\":\"", dtype, "\",\"shape\":[", shape, "],\"data_offsets\":[",
             offsets, "]}");
}

std::string nested(int depth) {
  const auto count = static_cast<std::size_t>(depth);
  return std::string(count, '[') + std::string(count, ']');
}

std::string many(int count, const std::string& offsets) {
  std::string header = "{";
  for (int i = 0; i < count; ++i)
    header += cat(i > 0 ? "," : "", entry(cat(i), "U8", "1", offsets));
  return header + "}";
}

struct Malformed {
  const char* id;
  std::string bytes;
  Code code;
  std::int64_t offset;
  std::string field = {};
};

std::vector<Malformed> malformed() {
  const std::string a = entry("a", "F32", "2", "0,8"), b = entry("b", "F32", "2", "8,16");
  const auto shaped = [](const std::string& shape) {
    return file("{" + entry("a", "F32", shape, "0,8") + "}", 8);
  };
  const auto placed = [](const std::string& offsets) {
    return file("{" + entry("a", "F32", "2", offsets) + "}", 8);
  };
  const std::uint64_t kMax = ~std::uint64_t{0};
  return {
      {"S1 empty file", "", Code::kTruncated, 0},
      {"S1 seven bytes", std::string(7, '\0'), Code::kTruncated, 0},
      {"S2 header above 100 MB", little_endian(100'000'001) + "{}", Code::kLimit, 0},
      {"S3 header beyond the file", little_endian(3) + "{}", Code::kTruncated, 0},
      {"S3 header of 2^64-1", little_endian(kMax) + "{}", Code::kLimit, 0},
      {"S3 header that wraps", little_endian(kMax - 7) + "{}", Code::kLimit, 0},
      {"S4 empty header", file(""), Code::kBadJson, 8},
      {"S4 list", file("[]"), Code::kBadJson, 8},
      {"S4 not JSON", file("<html>"), Code::kBadJson, 8},
      {"S4 not UTF-8", file("{\"\xff\":1}"), Code::kBadJson, 10},
      {"S4 text after the object", file("{}x"), Code::kBadJson, 10},
      {"S4 NUL after the object", file(std::string("{}\0", 3)), Code::kBadJson, 10},
      {"S5 duplicate", file("{" + a + "," + a + "}", 16), Code::kBadJson, 65, "a"},
      {"S5 duplicate through an escape",
       file("{" + a + "," + entry("\\u0061", "F32", "2", "8,16") + "}", 16), Code::kBadJson, 70,
       "a"},
      {"S6 unknown type", file("{" + entry("a", "F33", "2", "0,8") + "}", 8), Code::kUnsupported, 9,
       "a"},
      {"S6 type of GGUF", file("{" + entry("a", "Q8_0", "32", "0,34") + "}", 34),
       Code::kUnsupported, 9, "a"},
      {"S6 8-bit float", file("{" + entry("a", "F8_E4M3", "8", "0,8") + "}", 8), Code::kUnsupported,
       9, "a"},
      {"S6 type is a number", file(R"({"a":{"dtype":1,"shape":[2],"data_offsets":[0,8]}})", 8),
       Code::kBadJson, 9, "a"},
      {"S6 entry is a list", file(R"({"a":[]})"), Code::kBadJson, 9, "a"},
      {"S6 no type", file(R"({"a":{"shape":[2],"data_offsets":[0,8]}})", 8), Code::kBadJson, 9,
       "a"},
      {"S6 no shape", file(R"({"a":{"dtype":"F32","data_offsets":[0,8]}})", 8), Code::kBadJson, 9,
       "a"},
      {"S6 no offsets", file(R"({"a":{"dtype":"F32","shape":[2]}})", 8), Code::kBadJson, 9, "a"},
      {"S6 shape is a number", file(R"({"a":{"dtype":"F32","shape":2,"data_offsets":[0,8]}})", 8),
       Code::kBadJson, 9, "a"},
      {"S6 negative", shaped("-2"), Code::kBadJson, 9, "a"},
      {"S6 fraction", shaped("2.0"), Code::kBadJson, 9, "a"},
      {"S6 exponent", shaped("1e3"), Code::kBadJson, 9, "a"},
      {"S6 text", shaped("\"2\""), Code::kBadJson, 9, "a"},
      {"S6 above 2^53", shaped("0,9007199254740993"), Code::kBadJson, 9, "a"},
      {"S6 above 2^64", shaped("18446744073709551618"), Code::kBadJson, 58},
      {"S6 one offset", placed("8"), Code::kBadJson, 9, "a"},
      {"S6 three offsets", placed("0,4,8"), Code::kBadJson, 9, "a"},
      {"S6 negative offset", placed("-8,0"), Code::kBadJson, 9, "a"},
      {"S7 product wraps to 0", shaped("4294967296,4294967296"), Code::kCorrupt, 9, "a"},
      {"S7 a zero hides the overflow", shaped("0,4294967296,4294967296"), Code::kCorrupt, 9, "a"},
      {"S7 bytes wrap to 8", shaped("2,9007199254740992,512"), Code::kCorrupt, 9, "a"},
      {"S8 shape larger than offsets", shaped("3"), Code::kCorrupt, 9, "a"},
      {"S8 shape smaller than offsets", shaped("1"), Code::kCorrupt, 9, "a"},
      {"S8 begin after end", placed("8,0"), Code::kCorrupt, 9, "a"},
      {"S8 end beyond the data", file("{" + a + "}", 7), Code::kTruncated, 9, "a"},
      {"S8 end far beyond the data",
       file("{" + entry("a", "U8", "9007199254740992", "0,9007199254740992") + "}", 8),
       Code::kTruncated, 9, "a"},
      {"S9 overlap", file("{" + a + "," + entry("b", "F32", "2", "4,12") + "}", 12), Code::kCorrupt,
       62, "b"},
      {"S9 one range twice", file("{" + a + "," + entry("b", "F32", "2", "0,8") + "}", 8),
       Code::kCorrupt, 62, "b"},
      {"S9 one range for many", file(many(2000, "0,1"), 1), Code::kCorrupt, 61, "1"},
      {"S10 hole at the start", placed("4,12"), Code::kCorrupt, 9, "a"},
      {"S10 hole between", file("{" + a + "," + entry("b", "F32", "2", "9,17") + "}", 17),
       Code::kCorrupt, 62, "b"},
      {"S10 bytes after the last", file("{" + a + "," + b + "}", 17), Code::kCorrupt, 8 + 108 + 16},
      {"S10 bytes and no tensor", file("{}", 1), Code::kCorrupt, 10},
      {"S11 metadata is a list", file(R"({"__metadata__":[]})"), Code::kBadJson, 9, "__metadata__"},
      {"S11 metadata holds a number", file(R"({"__metadata__":{"a":1}})"), Code::kBadJson, 9,
       "__metadata__"},
      {"S11 metadata holds an object", file(R"({"__metadata__":{"a":{}}})"), Code::kBadJson, 9,
       "__metadata__"},
      {"S12 depth", file("{\"a\":" + nested(64) + "}"), Code::kLimit, 77},
      {"S12 great depth", file("{\"a\":" + nested(100'000) + "}"), Code::kLimit, 77},
      {"S12 too many tensors", file("[" + std::string(1'000'003, '{')), Code::kLimit, 8},
      {"S13 half a byte at the end", file("{" + entry("a", "F4", "3", "0,2") + "}", 2),
       Code::kCorrupt, 9, "a"},
      {"S13 six bits at the end", file("{" + entry("a", "F6_E2M3", "2", "0,2") + "}", 2),
       Code::kCorrupt, 9, "a"},
      {"S13 whole bytes of an unsupported type", file("{" + entry("a", "F4", "4", "0,2") + "}", 2),
       Code::kUnsupported, 9, "a"},
  };
}

TEST(SafetensorsMalformed, IsRefusedWithCodePlaceAndLittleMemory) {
  for (const Malformed& input : malformed()) {
    SCOPED_TRACE(input.id);
    const auto source = bytes_source(input.bytes, "input");
    const AllocationProbe probe;
    const auto file = Safetensors::read(source);
    const std::size_t largest = probe.largest_bytes();
    const double cpu_ms = probe.cpu_ms();
    ASSERT_FALSE(file);
    EXPECT_EQ(file.error().code, input.code) << file.error().text();
    EXPECT_EQ(file.error().offset, input.offset) << file.error().text();
    EXPECT_EQ(file.error().field, input.field) << file.error().text();
    EXPECT_EQ(file.error().file, "input");
    // Four times: a parsed header is wider than its text.
    EXPECT_LE(largest, 4096 + 4 * input.bytes.size());
    EXPECT_LT(cpu_ms, 100);
  }
}

TEST(SafetensorsMalformed, MessageCountsTheBytesAfterTheLastTensor) {
  const auto refused = Safetensors::read(bytes_source(file("{}", 5), "input"));
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().text().find("5 bytes after last tensor"), std::string::npos);
}

TEST(SafetensorsMalformed, UnusualButValidFilesAreRead) {
  const std::string a = entry("a", "F32", "2", "0,8");
  for (const std::string& bytes : {
           file("{}"),
           file(" \n\t{} \r\n"),
           file("{\"__metadata__\":{}}"),
           file("{\"__metadata__\":null}"),
           file("{" + entry("scalar", "F32", "", "0,4") + "}", 4),
           file("{" + entry("empty", "F32", "0,7", "0,0") + "," + a + "," +
                    entry("end", "U8", "0", "8,8") + "}",
                8),
           file("{" + entry("b", "BOOL", "1", "8,9") + "," + a + "}", 9),
           file("{" + entry("", "U8", "1", "0,1") + "}", 1),
       }) {
    const auto file = Safetensors::read(bytes_source(bytes, "input"));
    EXPECT_TRUE(file) << file.error().text();
  }
}

}  // namespace
}  // namespace lab
