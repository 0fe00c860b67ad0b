#include "data/sample.h"

#include <array>

#include "base/cat.h"

namespace lab {
namespace {

using Kind = Sample::Kind;

/// How a conversation is spelt: ChatML's way or ShareGPT's.
struct Spelling {
  std::string_view list, role, content;
};
constexpr Spelling kMessages{"messages", "role", "content"};
constexpr Spelling kConversations{"conversations", "from", "value"};

Result<std::string_view> text_of(const Json* value, std::string_view field) {
  if (value == nullptr)
    return fail(Error{Code::kBadJson, "this member is missing"}.of(field).fix("Add it."));
  if (!value->is_string())
    return fail(Error{Code::kBadJson, "a text is needed here"}.of(field).fix("Put it in quotes."));
  const std::string& text = value->string();
  if (text.find('\0') != text.npos)
    return fail(Error{Code::kBadText, "the text has the character U+0000"}.of(field).fix(
        "Remove it: no text that a model was trained on has it."));
  return text;
}

Result<std::string_view> text_of(const Json& object, std::string_view field) {
  return text_of(object.find(field), field);
}

std::unexpected<Error> empty(std::string_view field) {
  return fail(Error{Code::kEmpty, "there is nothing to learn from here"}.of(field).fix(
      "Fill it or remove the line."));
}

Result<std::string_view> known_role(std::string_view role, const std::string& field) {
  struct Name {
    std::string_view from, to;
  };
  constexpr std::array<Name, 6> kNames{{{"system", "system"},
                                        {"user", "user"},
                                        {"assistant", "assistant"},
                                        {"tool", "tool"},
                                        {"human", "user"},
                                        {"gpt", "assistant"}}};
  for (const Name& name : kNames)
    if (name.from == role) return name.to;
  return fail(Error{Code::kBadJson, cat("the role \"", role, "\" is not known")}.of(field).fix(
      "Use system, user, assistant or tool."));
}

Status read_chat(const Json& list, const Spelling& spelling, Sample& sample) {
  if (!list.is_array())
    return fail(Error{Code::kBadJson, "a list of messages is needed here"}.of(spelling.list));
  sample.kind = Kind::kChat;
  bool has_content = false;
  for (std::size_t i = 0; i < list.array().size(); ++i) {
    const Json& item = list.array()[i];
    const std::string place = cat(spelling.list, "[", i, "]");
    if (!item.is_object())
      return fail(
          Error{Code::kBadJson, "a message is an object with a role and a content"}.of(place));
    const std::string role_place = cat(place, ".", spelling.role);
    LAB_TRY(const auto spelt, text_of(item.find(spelling.role), role_place));
    LAB_TRY(const auto role, known_role(spelt, role_place));
    LAB_TRY(const auto content,
            text_of(item.find(spelling.content), cat(place, ".", spelling.content)));
    has_content = has_content || !content.empty();
    sample.messages.push_back({role, content});
  }
  if (!has_content) return empty(spelling.list);
  return {};
}

Status read_completion(const Json& object, Sample& sample) {
  sample.kind = Kind::kCompletion;
  LAB_TRY(sample.prompt, text_of(object, "prompt"));
  LAB_TRY(sample.completion, text_of(object, "completion"));
  if (sample.completion.empty()) return empty("completion");
  return {};
}

Status read_instruction(const Json& object, Sample& sample) {
  sample.kind = Kind::kChat;
  LAB_TRY(std::string_view question, text_of(object, "instruction"));
  std::string_view input;
  if (object.find("input") != nullptr) {
    LAB_TRY(input, text_of(object, "input"));
  }
  LAB_TRY(const auto answer, text_of(object, "output"));
  if (answer.empty()) return empty("output");
  if (!input.empty()) question = sample.joined = cat(question, "\n\n", input);
  sample.messages = {{"user", question}, {"assistant", answer}};
  return {};
}

}  // namespace

Status read_sample(const Json& object, Sample& sample) {
  sample.messages.clear();
  sample.text = sample.prompt = sample.completion = {};
  if (!object.is_object())
    return fail(Error{Code::kBadJson, "a sample is a JSON object"}.fix("Write {...}, one a line."));
  if (const Json* list = object.find("messages")) return read_chat(*list, kMessages, sample);
  if (const Json* list = object.find("conversations"))
    return read_chat(*list, kConversations, sample);
  if (object.find("prompt") || object.find("completion")) return read_completion(object, sample);
  if (object.find("instruction")) return read_instruction(object, sample);
  if (object.find("text") == nullptr)
    return fail(Error{Code::kBadJson, "the object has no member that LoRA Lab can learn from"}.fix(
        "Give it text, or prompt and completion, or messages."));
  sample.kind = Kind::kText;
  LAB_TRY(sample.text, text_of(object, "text"));
  if (sample.text.empty()) return empty("text");
  return {};
}

}  // namespace lab
