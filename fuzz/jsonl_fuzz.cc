// Fuzz target: whatever a corpus holds, samples come in order with clean texts, or an error says
// where.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "data/corpus.h"
#include "file/utf8.h"

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

bool is_clean(std::string_view text) { return lab::is_utf8(text) && text.find('\0') == text.npos; }

void read(std::string contents, const char* name) {
  const auto size = static_cast<std::int64_t>(contents.size());
  auto reader = lab::CorpusReader::open(lab::bytes_source(std::move(contents), name));
  require(reader.has_value());
  lab::Sample sample;
  std::int64_t line = 0;
  for (;;) {
    const auto more = reader->next(sample);
    if (!more) {
      require(more.error().file == name && more.error().offset <= size);
      require(more.error().line > line || reader->is_plain_text());
      return;
    }
    if (!*more) return;
    require(sample.line > line);
    line = sample.line;
    require(is_clean(sample.text) && is_clean(sample.prompt) && is_clean(sample.completion));
    require((sample.kind == lab::Sample::Kind::kChat) == !sample.messages.empty());
    for (const lab::Message& message : sample.messages)
      require(is_clean(message.content) && !message.role.empty());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string contents(reinterpret_cast<const char*>(data), size);
  read(contents, "fuzz.jsonl");
  read(contents, "fuzz.txt");
  return 0;
}
