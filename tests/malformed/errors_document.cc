#include "errors_document.h"

#include <fstream>
#include <map>
#include <sstream>

#include "base/cat.h"

namespace lab::malformed {
namespace {

constexpr const char* kTop = R"(# Errors

<!-- Written by build/native/tests/malformed/malformed_corpus --errors; a test compares. -->

Whatever is wrong with an input, LoRA Lab answers with one error: a code, a sentence, the place (file, byte offset or
line, field) and a sentence that says what to do. Programs see it as JSON with `--json`. The codes are stable.

## Codes

| code | meaning | bad inputs below |
|---|---|---|
)";

constexpr const char* kInputs = R"(
## Bad inputs

Each row is a file, or a folder, that a test gives to the public reader. S: safetensors and its index; G: GGUF; T:
tokenizer.json; A: adapters; J: corpora; M: a model's folder. `malformed_corpus OUT` writes them all, with an index.
Where a row says accepted, the input is unusual but good. A place is a field, a byte offset (@) or a line.

| id | input | answer | place |
|---|---|---|---|
)";

/// "kIo" -> its comment, in the order of the enum.
std::vector<std::pair<std::string, std::string>> meanings() {
  std::ifstream header(LAB_SOURCE_DIR "/engine/base/error.h");
  std::vector<std::pair<std::string, std::string>> found;
  for (std::string line; std::getline(header, line);) {
    const auto name = line.find_first_not_of(' '), comment = line.find("///< ");
    if (name == line.npos || comment == line.npos || line[name] != 'k') continue;
    found.emplace_back(line.substr(name, line.find(',') - name), line.substr(comment + 5));
  }
  return found;
}

/// As the table has it: a bar would end the cell.
std::string cell(std::string text) {
  for (std::size_t at = 0; (at = text.find('|', at)) != text.npos; at += 2) text.insert(at, "\\");
  return text;
}

std::string place(const Expected& expected) {
  std::string text = expected.field.empty() ? "" : cat('`', cell(expected.field), '`');
  if (expected.offset >= 0) text += cat(text.empty() ? "" : " ", "@", expected.offset);
  if (expected.line >= 0) text += cat(text.empty() ? "" : " ", "line ", expected.line);
  return text;
}

}  // namespace

std::string errors_document(const std::vector<Case>& cases) {
  std::map<Code, std::vector<std::string>> examples;
  for (const Case& one : cases)
    if (one.expected.code) examples[*one.expected.code].push_back(one.id);
  std::string text = kTop;
  int number = 0;
  for (const auto& [name, meaning] : meanings()) {
    const auto code = static_cast<Code>(number++);
    const auto& ids = examples[code];
    constexpr std::size_t kShown = 6;
    std::string list;
    for (std::size_t i = 0; i < std::min(ids.size(), kShown); ++i) list += cat(i > 0 ? ", " : "", ids[i]);
    if (ids.size() > kShown) list += cat(" and ", ids.size() - kShown, " more");
    text += cat("| `", code_name(code), "` | ", cell(meaning), " | ", list, " |\n");
  }
  text += kInputs;
  for (const Case& one : cases)
    text += cat("| ", one.id, " | ", cell(one.what), " | ", one.expected.code ? cat('`', code_name(*one.expected.code), '`') : "accepted",
                " | ", place(one.expected), " |\n");
  return text;
}

}  // namespace lab::malformed
