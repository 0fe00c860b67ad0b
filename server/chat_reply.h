// The JSON that OpenAI's clients expect: models, completions, chunks of a stream, errors.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "server/http.h"
#include "server/job_queue.h"

namespace lab::server {

HttpReply json_reply(int status, const Json& json);
/// {"error": {"message", "type", "param", "code"}}; 503 also says when to come again.
HttpReply error_reply(const ApiError& error);

Json models_json(const std::vector<std::string>& ids, std::int64_t created_unix_s);

/// What every object of one answer repeats.
struct ReplyHead {
  std::string id, model;
  std::int64_t created_unix_s = 0;
};
Json completion_json(const ReplyHead& head, std::string_view text, const Answered& answered);

// Events of a stream: "data: {..}\n\n".
std::string first_event(const ReplyHead& head);
std::string text_event(const ReplyHead& head, std::string_view text);
/// The reason for the end, the usage if it was asked for, and [DONE].
std::string last_events(const ReplyHead& head, const Answered& answered, bool usage);
/// An error after the stream has begun.
std::string error_event(const ApiError& error);

}  // namespace lab::server
