// Fuzz target: a template up to the first NUL, then a conversation in JSON; whatever renders must
// account for every byte, and render the same again.
#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "text/chat_template.h"

namespace {

lab::Json conversation(std::string_view text) {
  const auto json = lab::parse_json(text, "fuzz");
  if (json && json->is_array()) return *json;
  return lab::Json::Array{
      lab::Json::Object{{"role", "user"}, {"content", "Hi <|im_end|> é\n"}},
      lab::Json::Object{{"role", "assistant"}, {"content", " [1, {\"a\": 'b'}] "}, {"n", 2.5}}};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t end = std::min(input.find('\0'), input.size());
  const auto chat = lab::ChatTemplate::parse(input.substr(0, end), "fuzz");
  if (!chat) return 0;
  const lab::Json messages = conversation(input.substr(std::min(end + 1, size)));
  lab::ChatOptions options;
  options.tools = &messages;
  options.now_unix_s = 0;
  const auto first = chat->render(messages, options);
  if (!first) return 0;
  std::size_t at = 0;
  for (const lab::TextRun& run : first->runs) {
    if (run.begin != at || run.end <= run.begin) std::abort();
    at = run.end;
  }
  if (at != first->text.size()) std::abort();
  const auto again = chat->render(messages, options);
  if (!again || again->text != first->text || again->runs != first->runs) std::abort();
  return 0;
}
