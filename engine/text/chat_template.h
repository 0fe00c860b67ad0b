// Chat templates: a conversation as the text that a model was trained to see it in.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "file/json.h"

namespace lab {

/// Bytes [begin, end) of a text.
struct ByteRange {
  std::size_t begin, end;
  bool operator==(const ByteRange&) const = default;
};

/// Bytes [begin, end) of a rendered text that the user gave (in messages, tools or other variables)
/// or the template wrote. A control token must not be read where a run of the user's takes part.
struct TextRun {
  std::size_t begin, end;
  bool from_user;
  bool operator==(const TextRun&) const = default;
};

struct Rendered {
  std::string text;
  std::vector<TextRun> runs;         ///< ascending; they cover the text
  std::vector<ByteRange> assistant;  ///< what {% generation %} blocks wrote, ascending
};

struct ChatOptions {
  /// End with what opens the assistant's next turn?
  bool add_generation_prompt = false;
  // The texts of special tokens that templates name; an empty one is undefined there.
  std::string bos_token{}, eos_token{}, unk_token{}, pad_token{};
  const Json* tools = nullptr;      ///< null: none
  const Json* documents = nullptr;  ///< null: none
  const Json* extra = nullptr;      ///< an object of further variables, as "enable_thinking"
  /// What strftime_now takes for now; nullopt is the system's clock.
  std::optional<std::int64_t> now_unix_s{};
};

/// A parsed template. Immutable: share it freely between threads.
///
/// The language is the part of Jinja2 that chat templates use, with the functions and settings of
/// transformers' apply_chat_template (trim_blocks, lstrip_blocks, loop controls, {% generation %},
/// tojson, raise_exception, strftime_now). A hostile template can neither run for long nor use much
/// memory: jinja/budget.h, jinja/parser.h and jinja/interpreter.h state the limits.
class ChatTemplate {
 public:
  /// `name` is what errors call the template. kBadTemplate with the line for a mistake or a part of
  /// Jinja2 that LoRA Lab does not know, which is named; kBadText if it is not UTF-8; kLimit.
  static Result<ChatTemplate> parse(std::string_view source, std::string_view name);

  /// Renders `messages`, an array of objects as {"role": "user", "content": "Hi"}. kBadJson for
  /// another shape; kBadTemplate with the line if rendering fails, also if the template itself
  /// refuses the conversation; kLimit.
  Result<Rendered> render(const Json& messages, const ChatOptions& options = {}) const;

  /// Does the template mark the assistant's words with {% generation %}?
  bool marks_assistant() const;

  /// Which bytes of render(messages).text (without a generation prompt) are the assistant's own:
  /// what the template marks, or else, for each assistant message, what it adds to the
  /// conversation before it with a generation prompt, so the end of the turn included. kBadTemplate
  /// if the template rewrites earlier turns when later ones come, so that no such part exists.
  Result<std::vector<ByteRange>> assistant_spans(const Json& messages,
                                                 ChatOptions options = {}) const;

 private:
  struct Tree;
  explicit ChatTemplate(std::shared_ptr<const Tree> tree) : tree_(std::move(tree)) {}
  std::shared_ptr<const Tree> tree_;
};

}  // namespace lab
