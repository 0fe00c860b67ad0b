// S14: bad model.safetensors.index.json files, and shards that do not belong to them.
#include "safetensors_bytes.h"
#include "table.h"

namespace lab::malformed {
namespace {

constexpr const char* kIndex = "model.safetensors.index.json";

std::string shard(const std::string& names) {
  std::string header;
  for (std::size_t i = 0; i < names.size(); ++i)
    header += cat(i > 0 ? "," : "", entry(names.substr(i, 1), "U8", "1", cat(i, ",", i + 1)));
  return safetensors("{" + header + "}", names.size());
}

std::string map(const std::string& entries) { return "{\"weight_map\":{" + entries + "}}"; }

}  // namespace

std::vector<Case> shards_cases() {
  Table t(Format::kShards, "");
  const auto one = [&](const std::string& what, const std::string& index, Expected expected) {
    t.folder("S14", what, {{kIndex, index}, {"a.safetensors", shard("x")}}, std::move(expected));
  };
  for (const auto& [what, path] : {
           std::pair("absolute path", "/etc/passwd"), std::pair("path up", "../a.safetensors"),
           std::pair("the folder above", ".."), std::pair("the folder itself", "."),
           std::pair("path down and up", "sub/../a.safetensors"),
           std::pair("path down", "sub/a.safetensors"), std::pair("back slash", "..\\\\a.safetensors"),
           std::pair("drive letter", "c:a.safetensors"), std::pair("NUL at the end", "a.safetensors\\u0000"),
           std::pair("empty path", ""), std::pair("path up through an escape", "\\u002e./a.safetensors"),
       })
    one(what, map(cat("\"x\":\"", path, "\"")), {Code::kCorrupt, "x"});
  one("missing shard", map(R"("x":"b.safetensors")"), {Code::kNotFound, ""});
  one("tensor that is not in its shard", map(R"("y":"a.safetensors")"), {Code::kCorrupt, "y"});
  t.folder("S14", "tensor in two shards",
           {{kIndex, map(R"("x":"a.safetensors","y":"b.safetensors")")},
            {"a.safetensors", shard("xy")}, {"b.safetensors", shard("y")}},
           {Code::kCorrupt, "y"});
  t.folder("S14", "shard that is cut off",
           {{kIndex, map(R"("x":"a.safetensors")")}, {"a.safetensors", shard("x").substr(0, 7)}},
           {Code::kTruncated, "", 0});
  one("empty index", "", {Code::kBadJson, "", 0});
  one("index is a list", "[]", {Code::kBadJson, "weight_map"});
  one("index without a map", "{}", {Code::kBadJson, "weight_map"});
  one("map is a list", R"({"weight_map":[]})", {Code::kBadJson, "weight_map"});
  one("shard is a number", map(R"("x":1)"), {Code::kBadJson, "x"});
  one("tensor listed twice", map(R"("x":"a.safetensors","x":"a.safetensors")"), {Code::kBadJson, "x", 38});
  one("lists nothing", map(""), {Code::kEmpty, "weight_map"});
  t.folder("S14", "folder without a model", {{"notes.txt", "x"}}, {Code::kNotFound, ""});
  t.folder("S14", "two good shards",
           {{kIndex, map(R"("x":"a.safetensors","y":"b.safetensors")")},
            {"a.safetensors", shard("x")}, {"b.safetensors", shard("y")}}, {});
  return t.take();
}

}  // namespace lab::malformed
