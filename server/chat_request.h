// A request for a chat completion, read from the JSON that OpenAI's clients send.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "file/json.h"

namespace lab::server {

/// Why a request is refused, as OpenAI's error object says it.
struct ApiError {
  int status = 400;
  std::string message;
  std::string param{};               ///< the field at fault, empty if none
  std::string code{};                ///< a word for programs, empty if none
};

struct ChatRequest {
  std::string model;                 ///< empty: the server's choice
  Json messages;                     ///< array of {"role", "content"}, content a text
  std::optional<std::int64_t> max_tokens{};
  double temperature = 1, top_p = 1; ///< the defaults of OpenAI's interface
  std::optional<std::int64_t> seed{};
  std::vector<std::string> stop{};
  bool stream = false, stream_usage = false;
};

/// Reads max_completion_tokens, max_tokens, messages, model, n, seed, stop, stream, stream_options,
/// temperature and top_p; other fields are ignored, null counts as absent. Contents that are lists of
/// text parts are joined; the role "developer" becomes "system". Status 400 with the field's name for
/// what is missing, of another type or outside its range.
std::expected<ChatRequest, ApiError> parse_chat_request(std::string_view body);

}  // namespace lab::server
