// G8 to G14: bad tensor tables of GGUF files.
#include "gguf_bytes.h"
#include "table.h"

namespace lab::malformed {
namespace {

using Dims = std::vector<std::uint64_t>;

/// A file with one tensor; its fault is in the entry as a whole.
Bytes dims(const Dims& sizes, std::uint32_t type = kTypeF32) {
  return gguf(1, 0).mark().tensor("t", sizes, type).u64(0).pad().zeros(64);
}
Bytes named(const std::string& name) {
  return gguf(1, 0).mark().tensor(name, {2}, kTypeF32).u64(0).pad().zeros(64);
}
Bytes typed(std::uint64_t row, std::uint32_t type) {
  return gguf(1, 0).str("t").u32(1).u64(row).mark().u32(type).u64(0).pad().zeros(64);
}
Bytes count(std::uint32_t number) {
  Bytes bytes = gguf(1, 0).str("t").mark().u32(number);
  for (std::uint32_t i = 0; i < 5; ++i) bytes.u64(1);
  return bytes.u32(kTypeF32).u64(0).pad().zeros(64);
}
Bytes size(std::uint64_t dim) {
  return gguf(1, 0).str("t").u32(2).u64(2).mark().u64(dim).u32(kTypeF32).u64(0).pad().zeros(64);
}
Bytes offset(std::uint64_t number) {
  return gguf(1, 0).tensor("t", {2}, kTypeF32).mark().u64(number).pad().zeros(256);
}
/// A good tensor, then one at this offset.
Bytes second(std::uint64_t number, std::size_t data = 256) {
  return gguf(2, 0).tensor("t", {2}, kTypeF32).u64(0).tensor("u", {2}, kTypeF32).mark().u64(number).pad().zeros(data);
}

class Gguf : public Table {
 public:
  Gguf() : Table(Format::kGguf, "model.gguf") {}
  void bad(const std::string& id, std::string what, const Bytes& b, Code code = Code::kCorrupt, std::string field = "t") {
    refused(id, std::move(what), b.bytes(), code, std::move(field), b.marked());
  }
};

void shapes(Gguf& t) {
  t.bad("G8", "no dimensions", count(0));
  t.bad("G8", "five dimensions", count(5));
  t.bad("G8", "2^32-1 dimensions", count(~0u));
  t.bad("G8", "dimension 0", size(0));
  t.bad("G8", "dimension -1", size(~std::uint64_t{0}));
  t.bad("G8", "dimension -2^63", size(kHuge));
  t.bad("G9", "2^32 x 2^32 elements wrap to 0", dims({1ull << 32, 1ull << 32}));
  t.bad("G9", "four dimensions whose product wraps to 0", dims({1ull << 16, 1ull << 16, 1ull << 16, 1ull << 16}));
  t.bad("G9", "bytes wrap to 0", dims({1ull << 62}));
  t.bad("G9", "bytes wrap to 4", dims({(1ull << 62) + 1}));
  t.bad("G10", "row of part of a block", typed(16, kTypeQ4_0));
  t.bad("G10", "row of part of a large block", typed(128, kTypeQ2_K));
  t.bad("G10", "removed type", typed(32, kRemoved), Code::kUnsupported);
  t.bad("G10", "type that LoRA Lab lacks", typed(256, kTypeIQ1_S), Code::kUnsupported);
  t.bad("G10", "unknown type", typed(32, 1000), Code::kUnsupported);
}

void names(Gguf& t) {
  t.bad("G11", "name of 65 bytes", named(std::string(65, 'n')), Code::kLimit, "");
  t.bad("G11", "empty name", named(""), Code::kCorrupt, "");
  t.bad("G11", "NUL in the name", named(std::string("t\0u", 3)), Code::kCorrupt, "");
  t.bad("G11", "name not UTF-8", named("\xc0\x80"), Code::kCorrupt, "");
  t.bad("G11", "duplicate name",
        gguf(2, 0).tensor("t", {8}, kTypeF32).u64(0).mark().tensor("t", {8}, kTypeF32).u64(32).pad().zeros(64));
  t.bad("G11", "name longer than the file", gguf(1, 0).mark().u64(kHuge).zeros(64), Code::kTruncated, "");
  t.accepted("G11", "name of 64 bytes", named(std::string(64, 'n')).bytes());
}

}  // namespace

std::vector<Case> gguf_tensor_cases() {
  Gguf t;
  shapes(t);
  names(t);
  t.bad("G12", "offset not aligned", second(8), Code::kCorrupt, "u");
  t.bad("G12", "offset leaves a gap", second(64), Code::kCorrupt, "u");
  t.bad("G12", "overlap", second(0), Code::kCorrupt, "u");
  t.bad("G12", "first offset not 0", offset(32));
  t.bad("G12", "offset -1", offset(~std::uint64_t{0}));
  t.bad("G12", "offset 2^63", offset(kHuge));
  t.bad("G13", "padded size wraps", dims({(1ull << 63) - 1, 2}, kTypeI8));
  t.bad("G13", "sum of sizes wraps",
        gguf(3, 0).tensor("t", {kHuge - 32}, kTypeI8).u64(0).tensor("u", {kHuge - 32}, kTypeI8).u64(kHuge - 32)
            .mark().tensor("v", {64}, kTypeI8).u64(0).pad().zeros(64), Code::kCorrupt, "v");
  t.bad("G14", "no data", gguf(1, 0).tensor("t", {2}, kTypeF32).u64(0).mark(), Code::kTruncated);
  t.bad("G14", "one byte missing", gguf(1, 0).tensor("t", {2}, kTypeF32).u64(0).pad().zeros(7).mark(), Code::kTruncated);
  t.bad("G14", "second tensor missing",
        gguf(2, 0).tensor("t", {2}, kTypeF32).u64(0).tensor("u", {2}, kTypeF32).u64(32).pad().zeros(32).mark(),
        Code::kTruncated, "u");
  t.accepted("G14", "no padding after the last tensor", gguf(1, 0).tensor("t", {2}, kTypeF32).u64(0).pad().zeros(8).bytes());
  t.accepted("G14", "bytes after the last tensor", gguf(1, 0).tensor("t", {2}, kTypeF32).u64(0).pad().zeros(100).bytes());
  return t.take();
}

}  // namespace lab::malformed
