// Sample: one training example of a corpus, read from a line's JSON object.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "file/json.h"

namespace lab {

struct Message {
  std::string_view role;  ///< "system", "user", "assistant" or "tool"
  std::string_view content;
};

/// The texts belong to what the sample was read from, except `joined`, so it is not copied.
struct Sample {
  enum class Kind : std::uint8_t { kText, kCompletion, kChat };

  Kind kind = Kind::kText;
  std::int64_t line = 0;                ///< 1-based, where the sample begins
  std::string_view text;                ///< kText
  std::string_view prompt, completion;  ///< kCompletion; the prompt may be empty
  std::vector<Message> messages;        ///< kChat, at least one
  std::string joined;                   ///< what a message is made of when the file has it in parts

  Sample() = default;
  Sample(const Sample&) = delete;
  Sample& operator=(const Sample&) = delete;
};

/// Reads the first of these forms that the object has the leading member of; others are ignored:
///   {"messages": [{"role": .., "content": ..}, ...]}           a conversation
///   {"conversations": [{"from": .., "value": ..}, ...]}        the same in ShareGPT's words
///   {"prompt": .., "completion": ..}                           a text and how it goes on
///   {"instruction": .., "input": .., "output": ..}             Alpaca: one question, one answer
///   {"text": ..}                                               a text
/// Sets everything but `line`. kBadJson for a member that is missing or of another type or a role
/// that is not known, kBadText for U+0000 in a text, kEmpty where nothing is left to learn from;
/// the error names the member. `object` must live as long as the sample is used.
Status read_sample(const Json& object, Sample& sample);

}  // namespace lab
