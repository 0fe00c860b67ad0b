// Every malformed GGUF file G1..G14 and G17 of the list in tests/malformed, refused with its place.
// G15 and G16 concern the meaning of metadata: tests of text/ and model/.
#include <gtest/gtest.h>

#include <cstring>
#include <functional>

#include "file/allocation_probe.h"
#include "file/gguf.h"

namespace lab {
namespace {

constexpr std::uint64_t kHuge = std::uint64_t{1} << 63;
enum ValueType : std::uint32_t {
  kU8 = 0,
  kU32 = 4,
  kI32 = 5,
  kF32 = 6,
  kBool = 7,
  kString = 8,
  kArray = 9
};
enum TensorType : std::uint32_t {
  kTypeF32 = 0,
  kTypeQ4_0 = 2,
  kRemoved = 4,
  kTypeQ2_K = 10,
  kTypeIQ1_S = 19
};

/// Builds a file field by field; mark() remembers where the faulty field starts.
class Bytes {
 public:
  Bytes& u8(std::uint8_t value) { return raw(&value, sizeof value); }
  Bytes& u32(std::uint32_t value) { return raw(&value, sizeof value); }
  Bytes& u64(std::uint64_t value) { return raw(&value, sizeof value); }
  Bytes& str(std::string_view text) { return u64(text.size()).raw(text.data(), text.size()); }
  Bytes& zeros(std::size_t count) { return bytes_.append(count, '\0'), *this; }
  Bytes& mark() { return mark_ = std::ssize(bytes_), *this; }
  Bytes& header(std::uint64_t tensors, std::uint64_t metadata) {
    return u32(0x46554747).u32(3).u64(tensors).u64(metadata);
  }
  /// A tensor "t" up to its offset.
  Bytes& tensor(std::vector<std::uint64_t> dims, std::uint32_t type) {
    str("t").u32(static_cast<std::uint32_t>(dims.size()));
    for (auto dim : dims) u64(dim);
    return u32(type);
  }
  Bytes& pad(std::size_t alignment = 32) {
    return zeros((alignment - bytes_.size() % alignment) % alignment);
  }

  std::string bytes() const { return bytes_; }
  std::int64_t marked() const { return mark_; }

 private:
  Bytes& raw(const void* data, std::size_t size) {
    return bytes_.append(static_cast<const char*>(data), size), *this;
  }
  std::string bytes_;
  std::int64_t mark_ = 0;
};

struct Malformed {
  const char* id;
  Bytes input;
  Code code;
  std::string field = {};
};

Bytes start(std::uint64_t tensors, std::uint64_t metadata) {
  return Bytes().header(tensors, metadata);
}

/// A file whose one metadata value is what `rest` adds after the key "k"; some bytes follow.
Bytes value(const std::function<void(Bytes&)>& rest) {
  Bytes bytes = start(0, 1).str("k");
  rest(bytes);
  return bytes.zeros(64);
}

Bytes alignment(std::uint32_t type, std::uint32_t value) {
  return start(0, 1).str("general.alignment").mark().u32(type).u32(value).zeros(64);
}

/// A file with one tensor; its fault is marked by the caller's position in the entry.
Bytes dims(std::vector<std::uint64_t> sizes, std::uint32_t type = kTypeF32) {
  return start(1, 0).mark().tensor(std::move(sizes), type).u64(0).pad().zeros(64);
}

std::vector<Malformed> malformed_header() {
  const auto version = [](std::uint32_t number) {
    return Bytes().u32(0x46554747).mark().u32(number).u64(0).u64(0);
  };
  const auto at = [](std::size_t offset, std::uint64_t tensors, std::uint64_t metadata) {
    Bytes bytes = Bytes().u32(0x46554747).u32(3);
    if (offset == 8) bytes.mark();
    bytes.u64(tensors);
    if (offset == 16) bytes.mark();
    return bytes.u64(metadata).zeros(100);
  };
  return {
      {"G1 empty", Bytes(), Code::kTruncated},
      {"G1 wrong mark", Bytes().mark().u32(0x46474747).u32(3).u64(0).u64(0), Code::kCorrupt},
      {"G1 mark of another byte order", Bytes().mark().u32(0x47475546).u32(3).u64(0).u64(0),
       Code::kCorrupt},
      {"G1 byte-swapped version", version(0x03000000), Code::kUnsupported},
      {"G1 version 0", version(0), Code::kCorrupt},
      {"G1 version 1", version(1), Code::kUnsupported},
      {"G1 future version", version(4), Code::kUnsupported},
      {"G1 no counts", Bytes().u32(0x46554747).u32(3).mark(), Code::kTruncated},
      {"G2 2^63 tensors", at(8, kHuge, 0), Code::kTruncated},
      {"G2 -1 tensors", at(8, ~std::uint64_t{0}, 0), Code::kTruncated},
      {"G2 more tensors than bytes", at(8, 4, 0), Code::kTruncated},
      {"G2 2^63 metadata values", at(16, 0, kHuge), Code::kTruncated},
      {"G2 -1 metadata values", at(16, 0, ~std::uint64_t{0}), Code::kTruncated},
      {"G2 more metadata values than bytes", at(16, 0, 9), Code::kTruncated},
  };
}

std::vector<Malformed> malformed_metadata() {
  const auto key = [](const std::string& name) {
    return start(0, 1).mark().str(name).u32(kU8).u8(0).zeros(64);
  };
  return {
      {"G3 empty key", key(""), Code::kCorrupt},
      {"G3 key of 64 KiB", key(std::string(65'536, 'k')), Code::kLimit},
      {"G3 key not UTF-8", key("k\xff"), Code::kCorrupt},
      {"G3 NUL in the key", key(std::string("k\0", 2)), Code::kCorrupt},
      {"G3 duplicate key",
       start(0, 2).str("k").u32(kU8).u8(0).mark().str("k").u32(kU8).u8(0).zeros(64), Code::kCorrupt,
       "k"},
      {"G3 key longer than the file", start(0, 1).mark().u64(kHuge).zeros(64), Code::kTruncated},
      {"G4 type 13", value([](Bytes& b) { b.mark().u32(13).u64(0); }), Code::kCorrupt, "k"},
      {"G4 type -1", value([](Bytes& b) { b.mark().u32(~0u).u64(0); }), Code::kCorrupt, "k"},
      {"G4 bool 2", value([](Bytes& b) { b.u32(kBool).mark().u8(2); }), Code::kCorrupt, "k"},
      {"G4 bool 2 in an array",
       value([](Bytes& b) { b.u32(kArray).u32(kBool).u64(2).u8(1).mark().u8(2); }), Code::kCorrupt,
       "k"},
      {"G4 value cut off", start(0, 1).str("key").u32(kU32).mark().zeros(3), Code::kTruncated,
       "key"},
      {"G5 string of 2^63 bytes", value([](Bytes& b) { b.u32(kString).mark().u64(kHuge); }),
       Code::kTruncated, "k"},
      {"G5 string of 2^64-1 bytes",
       value([](Bytes& b) { b.u32(kString).mark().u64(~std::uint64_t{0}); }), Code::kTruncated,
       "k"},
      {"G5 string one byte too long", value([](Bytes& b) { b.u32(kString).mark().u64(65); }),
       Code::kTruncated, "k"},
      {"G5 string in an array",
       value([](Bytes& b) { b.u32(kArray).u32(kString).u64(2).str("a").mark().u64(kHuge); }),
       Code::kTruncated, "k"},
      {"G6 array of 2^63 bytes", value([](Bytes& b) { b.u32(kArray).u32(kU8).mark().u64(kHuge); }),
       Code::kTruncated, "k"},
      {"G6 array whose bytes wrap",
       value([](Bytes& b) { b.u32(kArray).u32(kU32).mark().u64((kHuge >> 1) + 1); }),
       Code::kTruncated, "k"},
      {"G6 array of 2^60 strings",
       value([](Bytes& b) { b.u32(kArray).u32(kString).mark().u64(kHuge >> 3); }), Code::kTruncated,
       "k"},
      {"G6 array one element too long",
       value([](Bytes& b) { b.u32(kArray).u32(kU32).mark().u64(17); }), Code::kTruncated, "k"},
      {"G6 array of arrays", value([](Bytes& b) { b.u32(kArray).mark().u32(kArray).u64(1); }),
       Code::kUnsupported, "k"},
      {"G6 array of type 13", value([](Bytes& b) { b.u32(kArray).mark().u32(13).u64(1); }),
       Code::kCorrupt, "k"},
      {"G7 alignment i32", alignment(kI32, 32), Code::kCorrupt, "general.alignment"},
      {"G7 alignment f32", alignment(kF32, 0x42000000), Code::kCorrupt, "general.alignment"},
      {"G7 alignment 0", alignment(kU32, 0), Code::kCorrupt, "general.alignment"},
      {"G7 alignment 24", alignment(kU32, 24), Code::kCorrupt, "general.alignment"},
      {"G7 alignment 2 MiB", alignment(kU32, 1 << 21), Code::kLimit, "general.alignment"},
      {"G17 one part of two", start(0, 1).str("split.count").mark().u32(kU32).u32(2).zeros(64),
       Code::kUnsupported, "split.count"},
      {"G17 number of parts as a float",
       start(0, 1).str("split.count").mark().u32(kF32).u32(0).zeros(64), Code::kCorrupt,
       "split.count"},
  };
}

std::vector<Malformed> malformed_tensors() {
  const auto named = [](const std::string& name) {
    return start(1, 0).mark().str(name).u32(1).u64(2).u32(kTypeF32).u64(0).pad().zeros(64);
  };
  const auto typed = [](std::uint64_t row, std::uint32_t type) {
    return start(1, 0).str("t").u32(1).u64(row).mark().u32(type).u64(0).pad().zeros(64);
  };
  const auto count = [](std::uint32_t number) {
    Bytes bytes = start(1, 0).str("t").mark().u32(number);
    for (std::uint32_t i = 0; i < 5; ++i) bytes.u64(1);
    return bytes.u32(kTypeF32).u64(0).pad().zeros(64);
  };
  const auto size = [](std::uint64_t dim) {
    return start(1, 0).str("t").u32(2).u64(2).mark().u64(dim).u32(kTypeF32).u64(0).pad().zeros(64);
  };
  const auto offset = [](std::uint64_t number) {
    return start(1, 0).tensor({2}, kTypeF32).mark().u64(number).pad().zeros(256);
  };
  const auto second = [](std::uint64_t number) {
    return start(2, 0)
        .tensor({2}, kTypeF32)
        .u64(0)
        .str("u")
        .u32(1)
        .u64(2)
        .u32(kTypeF32)
        .mark()
        .u64(number)
        .pad()
        .zeros(256);
  };
  return {
      {"G8 no dimensions", count(0), Code::kCorrupt, "t"},
      {"G8 five dimensions", count(5), Code::kCorrupt, "t"},
      {"G8 2^32-1 dimensions", count(~0u), Code::kCorrupt, "t"},
      {"G8 dimension 0", size(0), Code::kCorrupt, "t"},
      {"G8 dimension -1", size(~std::uint64_t{0}), Code::kCorrupt, "t"},
      {"G8 dimension -2^63", size(kHuge), Code::kCorrupt, "t"},
      {"G9 product wraps to 0", dims({1ull << 32, 1ull << 32}), Code::kCorrupt, "t"},
      {"G9 product wraps to 0 in four", dims({1ull << 16, 1ull << 16, 1ull << 16, 1ull << 16}),
       Code::kCorrupt, "t"},
      {"G9 bytes wrap to 0", dims({1ull << 62}), Code::kCorrupt, "t"},
      {"G9 bytes wrap to 4", dims({(1ull << 62) + 1}), Code::kCorrupt, "t"},
      {"G10 row of part of a block", typed(16, kTypeQ4_0), Code::kCorrupt, "t"},
      {"G10 row of part of a large block", typed(128, kTypeQ2_K), Code::kCorrupt, "t"},
      {"G10 removed type", typed(32, kRemoved), Code::kUnsupported, "t"},
      {"G10 unsupported type", typed(256, kTypeIQ1_S), Code::kUnsupported, "t"},
      {"G10 unknown type", typed(32, 1000), Code::kUnsupported, "t"},
      {"G11 name of 65 bytes", named(std::string(65, 'n')), Code::kLimit},
      {"G11 empty name", named(""), Code::kCorrupt},
      {"G11 NUL in the name", named(std::string("t\0u", 3)), Code::kCorrupt},
      {"G11 name not UTF-8", named("\xc0\x80"), Code::kCorrupt},
      {"G11 duplicate name",
       start(2, 0)
           .tensor({8}, kTypeF32)
           .u64(0)
           .mark()
           .tensor({8}, kTypeF32)
           .u64(32)
           .pad()
           .zeros(64),
       Code::kCorrupt, "t"},
      {"G11 name longer than the file", start(1, 0).mark().u64(kHuge).zeros(64), Code::kTruncated},
      {"G12 offset not aligned", second(8), Code::kCorrupt, "u"},
      {"G12 offset leaves a gap", second(64), Code::kCorrupt, "u"},
      {"G12 overlap", second(0), Code::kCorrupt, "u"},
      {"G12 first offset not 0", offset(32), Code::kCorrupt, "t"},
      {"G12 offset -1", offset(~std::uint64_t{0}), Code::kCorrupt, "t"},
      {"G13 padded size wraps",
       start(1, 0).mark().tensor({(1ull << 63) - 1, 2}, 24).u64(0).pad().zeros(64), Code::kCorrupt,
       "t"},
      {"G13 sum of sizes wraps",
       start(3, 0)
           .tensor({kHuge - 32}, 24)
           .u64(0)
           .str("u")
           .u32(1)
           .u64(kHuge - 32)
           .u32(24)
           .u64(kHuge - 32)
           .mark()
           .str("v")
           .u32(1)
           .u64(64)
           .u32(24)
           .u64(0)
           .pad()
           .zeros(64),
       Code::kCorrupt, "v"},
      {"G14 no data", start(1, 0).tensor({2}, kTypeF32).u64(0).mark(), Code::kTruncated, "t"},
      {"G14 one byte missing", start(1, 0).tensor({2}, kTypeF32).u64(0).pad().zeros(7).mark(),
       Code::kTruncated, "t"},
      {"G14 second tensor missing",
       start(2, 0)
           .tensor({2}, kTypeF32)
           .u64(0)
           .str("u")
           .u32(1)
           .u64(2)
           .u32(kTypeF32)
           .u64(32)
           .pad()
           .zeros(32)
           .mark(),
       Code::kTruncated, "u"},
  };
}

void expect_refused(const std::vector<Malformed>& table) {
  for (const Malformed& malformed : table) {
    SCOPED_TRACE(malformed.id);
    const std::string bytes = malformed.input.bytes();
    const auto source = bytes_source(bytes, "input");
    const AllocationProbe probe;
    const auto file = Gguf::read(source);
    const std::size_t largest = probe.largest_bytes();
    const double cpu_ms = probe.cpu_ms();
    ASSERT_FALSE(file);
    EXPECT_EQ(file.error().code, malformed.code) << file.error().text();
    EXPECT_EQ(file.error().offset, malformed.input.marked()) << file.error().text();
    EXPECT_EQ(file.error().field, malformed.field) << file.error().text();
    EXPECT_EQ(file.error().file, "input");
    EXPECT_LE(largest, 1024 + bytes.size());
    EXPECT_LT(cpu_ms, 100);
  }
}

TEST(GgufMalformed, HeadersAreRefused) { expect_refused(malformed_header()); }
TEST(GgufMalformed, MetadataIsRefused) { expect_refused(malformed_metadata()); }
TEST(GgufMalformed, TensorsAreRefused) { expect_refused(malformed_tensors()); }

TEST(GgufMalformed, UnusualButValidFilesAreRead) {
  for (const Bytes& input : {
           start(0, 0),
           Bytes().u32(0x46554747).u32(2).u64(0).u64(0),
           start(0, 1).str("k").u32(kArray).u32(kString).u64(0),
           start(0, 1).str("split.count").u32(kU32).u32(1),
           start(1, 0).tensor({2}, kTypeF32).u64(0).pad().zeros(8),    // no padding at the end
           start(1, 0).tensor({2}, kTypeF32).u64(0).pad().zeros(100),  // bytes after the last
           start(1, 1)
               .str("general.alignment")
               .u32(kU32)
               .u32(1)
               .tensor({1, 1, 1, 1}, kTypeF32)
               .u64(0)
               .zeros(4),
           start(1, 0).str(std::string(64, 'n')).u32(1).u64(1).u32(kTypeF32).u64(0).pad().zeros(4),
       }) {
    const auto file = Gguf::read(bytes_source(input.bytes(), "input"));
    EXPECT_TRUE(file) << file.error().text();
  }
}

}  // namespace
}  // namespace lab
