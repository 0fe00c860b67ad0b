// The OpenAI-compatible interface: GET /v1/models and POST /v1/chat/completions.
#pragma once

#include <atomic>
#include <optional>
#include <string>
#include <vector>

#include "server/http.h"
#include "server/job_queue.h"

namespace lab::server {

inline constexpr std::string_view kChatPath = "/v1/chat/completions";

class ChatApi {
 public:
  /// `models`: the ids that may be asked for, the default first. `generator` gets a request whose
  /// model is one of them.
  ChatApi(std::vector<std::string> models, Generator generator, std::size_t waiting = 8);

  /// Is this target the interface's, known or not?
  static bool owns(std::string_view target);
  /// Refuses what the interface does not do, and what a stranger's page sends, by the head alone.
  std::optional<HttpReply> admit(const HttpRequest& request) const;
  /// Answers an admitted request. Waits until the answer, or the first text of a stream, is there.
  HttpReply answer(const HttpRequest& request);

 private:
  HttpReply models() const;
  HttpReply chat(const HttpRequest& request);

  std::vector<std::string> models_;
  std::int64_t started_unix_s_;
  std::atomic<std::uint64_t> answers_{0};
  JobQueue queue_;
};

}  // namespace lab::server
