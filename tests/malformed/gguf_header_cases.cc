// G1 to G7 and G17: bad headers and metadata of GGUF files.
#include "gguf_bytes.h"
#include "table.h"

namespace lab::malformed {
namespace {

class Gguf : public Table {
 public:
  Gguf() : Table(Format::kGguf, "model.gguf") {}
  void bad(const std::string& id, std::string what, const Bytes& b, Code code, std::string field = {}) {
    refused(id, std::move(what), b.bytes(), code, std::move(field), b.marked());
  }
  void good(const std::string& id, std::string what, const Bytes& b) {
    accepted(id, std::move(what), b.bytes());
  }
};

Bytes version(std::uint32_t number) {
  return Bytes().u32(0x46554747).mark().u32(number).u64(0).u64(0);
}
Bytes tensors(std::uint64_t count) {
  return Bytes().u32(0x46554747).u32(3).mark().u64(count).u64(0).zeros(100);
}
Bytes values(std::uint64_t count) {
  return Bytes().u32(0x46554747).u32(3).u64(0).mark().u64(count).zeros(100);
}
Bytes key(const std::string& name) {
  return gguf(0, 1).mark().str(name).u32(kU8).u8(0).zeros(64);
}
/// A file whose one value, of the key "k", starts with these types.
Bytes value(std::uint32_t type) { return gguf(0, 1).str("k").u32(type); }
Bytes array(std::uint32_t element) { return value(kArray).u32(element); }
Bytes number(const char* name, std::uint32_t type, std::uint32_t value) {
  return gguf(0, 1).str(name).mark().u32(type).u32(value).zeros(64);
}

void headers(Gguf& t) {
  t.bad("G1", "empty file", Bytes().mark(), Code::kTruncated);
  t.bad("G1", "wrong mark", Bytes().mark().u32(0x46474747).u32(3).u64(0).u64(0), Code::kCorrupt);
  t.bad("G1", "mark of another byte order", Bytes().mark().u32(0x47475546).u32(3).u64(0).u64(0), Code::kCorrupt);
  t.bad("G1", "byte-swapped version", version(0x03000000), Code::kUnsupported);
  t.bad("G1", "version 0", version(0), Code::kCorrupt);
  t.bad("G1", "version 1", version(1), Code::kUnsupported);
  t.bad("G1", "future version", version(4), Code::kUnsupported);
  t.bad("G1", "no counts", Bytes().u32(0x46554747).u32(3).mark(), Code::kTruncated);
  t.good("G1", "version 2", Bytes().u32(0x46554747).u32(2).u64(0).u64(0));
  t.good("G1", "version 3 and nothing in it", gguf(0, 0));
  t.bad("G2", "2^63 tensors", tensors(kHuge), Code::kTruncated);
  t.bad("G2", "-1 tensors", tensors(~std::uint64_t{0}), Code::kTruncated);
  t.bad("G2", "more tensors than bytes", tensors(4), Code::kTruncated);
  t.bad("G2", "2^63 metadata values", values(kHuge), Code::kTruncated);
  t.bad("G2", "-1 metadata values", values(~std::uint64_t{0}), Code::kTruncated);
  t.bad("G2", "more metadata values than bytes", values(9), Code::kTruncated);
}

void keys(Gguf& t) {
  t.bad("G3", "empty key", key(""), Code::kCorrupt);
  t.bad("G3", "key of 64 KiB", key(std::string(65'536, 'k')), Code::kLimit);
  t.bad("G3", "key not UTF-8", key("k\xff"), Code::kCorrupt);
  t.bad("G3", "NUL in the key", key(std::string("k\0", 2)), Code::kCorrupt);
  t.bad("G3", "duplicate key",
        gguf(0, 2).str("k").u32(kU8).u8(0).mark().str("k").u32(kU8).u8(0).zeros(64), Code::kCorrupt, "k");
  t.bad("G3", "key longer than the file", gguf(0, 1).mark().u64(kHuge).zeros(64), Code::kTruncated);
}

void contents(Gguf& t) {
  const auto bad = [&](const std::string& id, std::string what, Bytes b, Code code) {
    t.bad(id, std::move(what), b.zeros(64), code, "k");
  };
  bad("G4", "type 13", gguf(0, 1).str("k").mark().u32(13).u64(0), Code::kCorrupt);
  bad("G4", "type -1", gguf(0, 1).str("k").mark().u32(~0u).u64(0), Code::kCorrupt);
  bad("G4", "bool 2", value(kBool).mark().u8(2), Code::kCorrupt);
  bad("G4", "bool 2 in an array", array(kBool).u64(2).u8(1).mark().u8(2), Code::kCorrupt);
  t.bad("G4", "value cut off", value(kU32).mark().zeros(3), Code::kTruncated, "k");
  bad("G5", "string of 2^63 bytes", value(kString).mark().u64(kHuge), Code::kTruncated);
  bad("G5", "string of 2^64-1 bytes", value(kString).mark().u64(~std::uint64_t{0}), Code::kTruncated);
  bad("G5", "string one byte too long", value(kString).mark().u64(65), Code::kTruncated);
  bad("G5", "string in an array of strings", array(kString).u64(2).str("a").mark().u64(kHuge), Code::kTruncated);
  bad("G6", "array of 2^63 bytes", array(kU8).mark().u64(kHuge), Code::kTruncated);
  bad("G6", "array of 2^64-1 bytes", array(kU8).mark().u64(~std::uint64_t{0}), Code::kTruncated);
  bad("G6", "array whose bytes wrap", array(kU32).mark().u64((kHuge >> 1) + 1), Code::kTruncated);
  bad("G6", "array of 2^60 strings", array(kString).mark().u64(kHuge >> 3), Code::kTruncated);
  bad("G6", "array one element too long", array(kU32).mark().u64(17), Code::kTruncated);
  bad("G6", "array of arrays", value(kArray).mark().u32(kArray).u64(1), Code::kUnsupported);
  bad("G6", "array of type 13", value(kArray).mark().u32(13).u64(1), Code::kCorrupt);
  bad("G6", "array with a number above 63 bits", array(kU64).u64(1).mark().u64(kHuge), Code::kUnsupported);
  t.good("G6", "empty array of strings", array(kString).u64(0));
}

}  // namespace

std::vector<Case> gguf_header_cases() {
  Gguf t;
  headers(t);
  keys(t);
  contents(t);
  constexpr const char* kAlignment = "general.alignment";
  t.bad("G7", "alignment i32", number(kAlignment, kI32, 32), Code::kCorrupt, kAlignment);
  t.bad("G7", "alignment f32", number(kAlignment, kF32, 0x42000000), Code::kCorrupt, kAlignment);
  t.bad("G7", "alignment 0", number(kAlignment, kU32, 0), Code::kCorrupt, kAlignment);
  t.bad("G7", "alignment 24", number(kAlignment, kU32, 24), Code::kCorrupt, kAlignment);
  t.bad("G7", "alignment 2 MiB", number(kAlignment, kU32, 1 << 21), Code::kLimit, kAlignment);
  t.good("G7", "alignment 1",
         gguf(1, 1).str(kAlignment).u32(kU32).u32(1).tensor("t", {1, 1, 1, 1}, kTypeF32).u64(0).zeros(4));
  t.bad("G17", "one part of two", number("split.count", kU32, 2), Code::kUnsupported, "split.count");
  t.bad("G17", "number of parts as a float", number("split.count", kF32, 0), Code::kCorrupt, "split.count");
  t.bad("G17", "part 1 of one",
        gguf(0, 2).str("split.count").u32(kU32).u32(1).str("split.no").mark().u32(kU32).u32(1).zeros(64),
        Code::kCorrupt, "split.no");
  t.good("G17", "one part of one", gguf(0, 1).str("split.count").u32(kU32).u32(1));
  return t.take();
}

}  // namespace lab::malformed
