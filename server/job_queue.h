// Answers in the making: one is generated at a time, the others wait in the order in which they came.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <expected>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "server/chat_request.h"

namespace lab::server {

struct Answered {
  std::int64_t prompt_tokens = 0, completion_tokens = 0;
  bool cut = false;                  ///< ended by a limit, not by the model or a stop text
};

/// Takes text as it is made; false ends the generation.
using TextTaker = std::function<bool(std::string_view)>;
/// Makes an answer. Called from one thread only.
using Generator = std::function<std::expected<Answered, ApiError>(const ChatRequest&, const TextTaker&)>;

/// One answer: filled by the queue's thread, emptied by the connection's. What is made waits here, so
/// a client that reads slowly holds up nobody.
class Job {
 public:
  explicit Job(ChatRequest request) : request_(std::move(request)) {}

  /// Waits at most `time` for news. Moves the text made since the last call into `text`; true once
  /// the answer is over and all of its text was taken.
  bool wait(std::chrono::milliseconds time, std::string& text);
  /// The outcome, after wait() has returned true.
  const std::expected<Answered, ApiError>& outcome() const { return outcome_; }
  const ChatRequest& request() const { return request_; }
  /// Nobody wants the answer any more: it ends with the next token, or never begins.
  void cancel() { cancelled_ = true; }

 private:
  friend class JobQueue;
  void run(const Generator& generator);
  bool put(std::string_view text);

  ChatRequest request_;
  std::atomic<bool> cancelled_{false};
  std::mutex mutex_;
  std::condition_variable news_;
  std::string text_;
  bool over_ = false;
  std::expected<Answered, ApiError> outcome_;
};

class JobQueue {
 public:
  /// At most `waiting` jobs wait behind the one that is being answered.
  JobQueue(Generator generator, std::size_t waiting);
  /// Cancels all.
  ~JobQueue();

  /// Null if the queue is full.
  std::shared_ptr<Job> submit(ChatRequest request);

 private:
  void work();

  Generator generator_;
  std::size_t waiting_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::shared_ptr<Job>> jobs_;  ///< the first one is being answered
  bool ending_ = false;
  std::thread worker_;
};

}  // namespace lab::server
