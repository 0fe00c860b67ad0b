// malformed_corpus OUT: every case as files, and OUT/index.json with what a reader must answer.
// malformed_corpus --seeds OUT: the same, as inputs of the fuzz targets. --errors: docs/errors.md.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string_view>

#include "base/cat.h"
#include "errors_document.h"
#include "file/json.h"
#include "read_case.h"

namespace lab::malformed {
namespace {

namespace fs = std::filesystem;

Json described(const Case& one) {
  Json json = Json::Object{};
  json.set("id", one.id).set("what", one.what).set("format", format_name(one.format));
  json.set("path", path_of(one, "")).set("accepted", !one.expected.code.has_value());
  if (!one.expected.code) return json;
  json.set("code", code_name(*one.expected.code));
  if (!one.expected.field.empty()) json.set("field", one.expected.field);
  if (one.expected.offset >= 0) json.set("offset", one.expected.offset);
  if (one.expected.line >= 0) json.set("line", one.expected.line);
  return json;
}

Status write_corpus(const std::string& root) {
  Json index = Json::Array{};
  for (const Case& one : all_cases()) {
    LAB_CHECK(write_case(one, root));
    index.array().push_back(described(one));
  }
  std::ofstream(fs::path(root) / "index.json") << index.dump(1) << "\n";
  return {};
}

void write_seed(const std::string& root, const char* target, const std::string& id, const std::string& bytes) {
  constexpr std::size_t kMostBytes = 16384;  // longer inputs only slow the search down
  if (bytes.size() > kMostBytes) return;
  fs::create_directories(fs::path(root) / target);
  std::ofstream(fs::path(root) / target / id, std::ios::binary) << bytes;
}

void write_seeds(const std::string& root) {
  for (const Case& one : all_cases()) {
    const auto seed = [&](const char* target, const std::string& bytes) { write_seed(root, target, one.id, bytes); };
    const std::string& first = one.files.front().second;
    switch (one.format) {
      case Format::kSafetensors:
        seed("safetensors", first);
        seed("checkpoint", first);
        break;
      case Format::kGguf: seed("gguf", first); break;
      case Format::kModel:
        if (!one.folder) seed("model", first);
        break;
      case Format::kTokenizer:
        seed("tokenizer", first + std::string(1, '\0') + "ab ba");
        seed("json", first);
        break;
      case Format::kAdapter:
        seed("adapter", one.folder && one.files.size() > 1 ? first + std::string(1, '\0') + one.files[1].second : first);
        break;
      case Format::kCorpus: seed("jsonl", first); break;
      case Format::kDataset: seed("jsonl", first); break;
      case Format::kShards: seed("json", first); break;
    }
  }
  const std::string state =
      R"({"version":1,"step":3,"tokens":96,"parameters":2,"epoch":0,"index":3,"model_sha256":"","corpus_sha256":"",)"
      R"("settings":{"seed":0},"history":[]})";
  write_seed(root, "checkpoint", "state", "J" + state);
  const std::string chat = "{% for m in messages %}<|im_start|>{{ m['role'] + '\\n' + m.content|trim }}<|im_end|>{% endfor %}"
                           "{% if add_generation_prompt %}{{ bos_token }}{% endif %}";
  write_seed(root, "chat_template", "chatml", chat + std::string(1, '\0') + R"([{"role":"user","content":"Hi"}])");
}

}  // namespace
}  // namespace lab::malformed

int main(int count, char** arguments) {
  const std::string_view first = count > 1 ? arguments[1] : "";
  if (count == 2 && first == "--errors") {
    std::fputs(lab::malformed::errors_document(lab::malformed::all_cases()).c_str(), stdout);
    return 0;
  }
  if (count == 3 && first == "--seeds") {
    lab::malformed::write_seeds(arguments[2]);
    return 0;
  }
  if (count != 2 || first.starts_with('-')) {
    std::fputs("usage: malformed_corpus OUT | --seeds OUT | --errors\n", stderr);
    return 2;
  }
  if (const auto status = lab::malformed::write_corpus(arguments[1]); !status) {
    std::fprintf(stderr, "%s\n", status.error().text().c_str());
    return 1;
  }
}
