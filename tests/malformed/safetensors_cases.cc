// S1 to S13: bad safetensors files, and unusual ones that are good.
#include "safetensors_bytes.h"
#include "table.h"

namespace lab::malformed {
namespace {

const std::string kA = entry("a", "F32", "2", "0,8"), kB = entry("b", "F32", "2", "8,16");
constexpr std::uint64_t kMax = ~std::uint64_t{0};

std::string one(const std::string& entry, std::size_t data = 8) {
  return safetensors("{" + entry + "}", data);
}
std::string two(const std::string& second, std::size_t data) {
  return safetensors("{" + kA + "," + second + "}", data);
}
std::string shaped(const std::string& shape) { return one(entry("a", "F32", shape, "0,8")); }
std::string placed(const std::string& offsets) { return one(entry("a", "F32", "2", offsets)); }

std::string nested(std::size_t depth) {
  return "{\"a\":" + std::string(depth, '[') + std::string(depth, ']') + "}";
}

std::string many(int count, const std::string& offsets) {
  std::string header = "{";
  for (int i = 0; i < count; ++i)
    header += cat(i > 0 ? "," : "", entry(cat(i), "U8", "1", offsets));
  return header + "}";
}

/// S1 to S5: the header as a whole.
void headers(Table& t) {
  t.refused("S1", "empty file", "", Code::kTruncated, "", 0);
  t.refused("S1", "seven bytes", std::string(7, '\0'), Code::kTruncated, "", 0);
  t.refused("S2", "header above 100 MB", little_endian(100'000'001) + "{}", Code::kLimit, "", 0);
  t.refused("S3", "header beyond the file", little_endian(3) + "{}", Code::kTruncated, "", 0);
  t.refused("S3", "header of 2^64-1", little_endian(kMax) + "{}", Code::kLimit, "", 0);
  t.refused("S3", "header whose end wraps to 0", little_endian(kMax - 7) + "{}", Code::kLimit, "", 0);
  t.refused("S4", "empty header", safetensors(""), Code::kBadJson, "", 8);
  t.refused("S4", "header is a list", safetensors("[]"), Code::kBadJson, "", 8);
  t.refused("S4", "header is a web page", safetensors("<html>"), Code::kBadJson, "", 8);
  t.refused("S4", "header not UTF-8", safetensors("{\"\xff\":1}"), Code::kBadJson, "", 10);
  t.refused("S4", "text after the object", safetensors("{}x"), Code::kBadJson, "", 10);
  t.refused("S4", "NUL after the object", safetensors(std::string("{}\0", 3)), Code::kBadJson, "", 10);
  t.refused("S4", "byte order mark before the object", safetensors("\xef\xbb\xbf{}"), Code::kBadJson, "", 8);
  t.accepted("S4", "JSON white space before and after the object", safetensors(" \n\t{} \r\n"));
  t.accepted("S4", "no tensors", safetensors("{}"));
  t.refused("S5", "duplicate name", two(kA, 16), Code::kBadJson, "a", 65);
  t.refused("S5", "duplicate name through an escape",
            two(entry("\\u0061", "F32", "2", "8,16"), 16), Code::kBadJson, "a", 70);
  t.refused("S5", "duplicate member of an entry",
            one(R"("a":{"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]})"),
            Code::kBadJson, "dtype", 35);
}

/// S6: types and numbers.
void fields(Table& t) {
  t.refused("S6", "unknown type", one(entry("a", "F33", "2", "0,8")), Code::kUnsupported, "a", 9);
  t.refused("S6", "type of GGUF", one(entry("a", "Q8_0", "32", "0,34"), 34), Code::kUnsupported, "a", 9);
  t.refused("S6", "8-bit float", one(entry("a", "F8_E4M3", "8", "0,8")), Code::kUnsupported, "a", 9);
  for (const auto& [what, text] : {
           std::pair("type is a number", R"({"a":{"dtype":1,"shape":[2],"data_offsets":[0,8]}})"),
           std::pair("entry is a list", R"({"a":[]})"),
           std::pair("no type", R"({"a":{"shape":[2],"data_offsets":[0,8]}})"),
           std::pair("no shape", R"({"a":{"dtype":"F32","data_offsets":[0,8]}})"),
           std::pair("no offsets", R"({"a":{"dtype":"F32","shape":[2]}})"),
           std::pair("shape is a number", R"({"a":{"dtype":"F32","shape":2,"data_offsets":[0,8]}})"),
           std::pair("shape is null", R"({"a":{"dtype":"F32","shape":null,"data_offsets":[0,8]}})"),
       })
    t.refused("S6", what, safetensors(text, 8), Code::kBadJson, "a", 9);
  for (const auto& [what, shape] :
       {std::pair("negative dimension", "-2"), std::pair("fraction", "2.0"),
        std::pair("exponent", "1e3"), std::pair("text as dimension", "\"2\""),
        std::pair("dimension above 2^53", "0,9007199254740993")})
    t.refused("S6", what, shaped(shape), Code::kBadJson, "a", 9);
  t.refused("S6", "dimension above 2^64", shaped("18446744073709551618"), Code::kBadJson, "", 58);
  t.refused("S6", "one offset", placed("8"), Code::kBadJson, "a", 9);
  t.refused("S6", "three offsets", placed("0,4,8"), Code::kBadJson, "a", 9);
  t.refused("S6", "negative offset", placed("-8,0"), Code::kBadJson, "a", 9);
}

/// S7 and S8: sizes that overflow or disagree.
void sizes(Table& t) {
  t.refused("S7", "product wraps to 0", shaped("4294967296,4294967296"), Code::kCorrupt, "a", 9);
  t.refused("S7", "a zero hides the overflow", shaped("0,4294967296,4294967296"), Code::kCorrupt, "a", 9);
  t.refused("S7", "bytes wrap to 8", shaped("2,9007199254740992,512"), Code::kCorrupt, "a", 9);
  t.refused("S8", "shape larger than offsets", shaped("3"), Code::kCorrupt, "a", 9);
  t.refused("S8", "shape smaller than offsets", shaped("1"), Code::kCorrupt, "a", 9);
  t.refused("S8", "begin after end", placed("8,0"), Code::kCorrupt, "a", 9);
  t.refused("S8", "end beyond the data", one(kA, 7), Code::kTruncated, "a", 9);
  t.refused("S8", "end far beyond the data",
            one(entry("a", "U8", "9007199254740992", "0,9007199254740992")), Code::kTruncated, "a", 9);
  t.accepted("S8", "a scalar", one(entry("scalar", "F32", "", "0,4"), 4));
  t.accepted("S8", "empty tensors",
             one(entry("e", "F32", "0,7", "0,0") + "," + kA + "," + entry("z", "U8", "0", "8,8")));
}

/// S9 and S10: bytes that belong to several tensors, or to none.
void places(Table& t) {
  t.refused("S9", "overlap", two(entry("b", "F32", "2", "4,12"), 12), Code::kCorrupt, "b", 62);
  t.refused("S9", "one range twice", two(entry("b", "F32", "2", "0,8"), 8), Code::kCorrupt, "b", 62);
  t.refused("S9", "one range for many", safetensors(many(2000, "0,1"), 1), Code::kCorrupt, "1", 61);
  t.refused("S10", "hole at the start", placed("4,12"), Code::kCorrupt, "a", 9);
  t.refused("S10", "hole between", two(entry("b", "F32", "2", "9,17"), 17), Code::kCorrupt, "b", 62);
  t.refused("S10", "bytes after the last tensor", two(kB, 17), Code::kCorrupt, "", 8 + 108 + 16);
  t.refused("S10", "bytes and no tensor", safetensors("{}", 1), Code::kCorrupt, "", 10);
  t.accepted("S10", "tensors named in another order",
             one(entry("b", "BOOL", "1", "8,9") + "," + kA, 9));
}

}  // namespace

std::vector<Case> safetensors_cases() {
  Table t(Format::kSafetensors, "model.safetensors");
  headers(t);
  fields(t);
  sizes(t);
  places(t);
  for (const auto& [what, value] :
       {std::pair("metadata is a list", "[]"), std::pair("metadata holds a number", "{\"a\":1}"),
        std::pair("metadata holds null", "{\"a\":null}"),
        std::pair("metadata holds an object", "{\"a\":{}}")})
    t.refused("S11", what, safetensors(cat("{\"__metadata__\":", value, "}")), Code::kBadJson,
              "__metadata__", 9);
  t.accepted("S11", "empty metadata", safetensors("{\"__metadata__\":{}}"));
  t.accepted("S11", "metadata null", safetensors("{\"__metadata__\":null}"));
  t.refused("S12", "depth 65", safetensors(nested(64)), Code::kLimit, "", 77);
  t.refused("S12", "depth 100001", safetensors(nested(100'000)), Code::kLimit, "", 77);
  t.refused("S12", "over a million tensors", safetensors("[" + std::string(1'000'003, '{')),
            Code::kLimit, "", 8);
  t.refused("S13", "half a byte at the end", one(entry("a", "F4", "3", "0,2"), 2), Code::kCorrupt, "a", 9);
  t.refused("S13", "six bits at the end", one(entry("a", "F6_E2M3", "2", "0,2"), 2), Code::kCorrupt, "a", 9);
  t.refused("S13", "whole bytes of a 4-bit type", one(entry("a", "F4", "4", "0,2"), 2),
            Code::kUnsupported, "a", 9);
  return t.take();
}

}  // namespace lab::malformed
