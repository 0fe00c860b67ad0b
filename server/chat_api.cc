#include "server/chat_api.h"

#include <algorithm>
#include <ctime>

#include "base/cat.h"
#include "server/chat_reply.h"
#include "server/host_check.h"

namespace lab::server {
namespace {

constexpr std::chrono::milliseconds kLook{20};  ///< how often to see whether the client is still there
constexpr std::string_view kModelsPath = "/v1/models";

std::string_view path_of(std::string_view target) { return target.substr(0, target.find('?')); }

/// Cancels the job when nobody holds the answer any more.
struct Claim {
  std::shared_ptr<Job> job;
  explicit Claim(std::shared_ptr<Job> wanted) : job(std::move(wanted)) {}
  ~Claim() { job->cancel(); }
  Claim(const Claim&) = delete;
  Claim& operator=(const Claim&) = delete;
};

void allow_page(const HttpRequest& request, HttpReply& reply) {
  const std::string_view origin = request.header("Origin");
  if (origin.empty()) return;
  reply.headers.emplace_back("Access-Control-Allow-Origin", origin);
  reply.headers.emplace_back("Vary", "Origin");
}

HttpReply preflight() {
  HttpReply reply;
  reply.status = 204;
  reply.headers = {{"Access-Control-Allow-Methods", "GET, POST"}, {"Access-Control-Allow-Headers", "*, Authorization"}, {"Access-Control-Max-Age", "600"}};
  return reply;
}

bool is_json(std::string_view type) {
  constexpr std::string_view kJson = "application/json";
  const std::string_view name = type.substr(0, std::min(type.find_first_of("; \t"), type.size()));
  return !NameLess{}(name, kJson) && !NameLess{}(kJson, name);
}

}  // namespace

ChatApi::ChatApi(std::vector<std::string> models, Generator generator, std::size_t waiting)
    : models_(std::move(models)), started_unix_s_(std::time(nullptr)), queue_(std::move(generator), waiting) {}

bool ChatApi::owns(std::string_view target) { return target.starts_with("/v1/") || path_of(target) == "/v1"; }

std::optional<HttpReply> ChatApi::admit(const HttpRequest& request) const {
  if (!origin_allowed(request.header("Origin"), request.header("Host")))
    return error_reply({403, "Pages of other origins may not use this interface.", {}, "origin_not_allowed"});
  const std::string_view path = path_of(request.target);
  const bool chat = path == kChatPath;
  if (!chat && path != kModelsPath && !path.starts_with("/v1/models/"))
    return error_reply({404, cat("There is no ", path.size() < 200 ? path : "such path", " here; there are GET /v1/models and POST /v1/chat/completions."), {}, "not_found"});
  if (request.method == "OPTIONS") {
    HttpReply reply = preflight();
    allow_page(request, reply);
    return reply;
  }
  if (request.method != (chat ? "POST" : "GET")) {
    HttpReply reply = error_reply({405, cat("Use ", chat ? "POST" : "GET", " here."), {}, "method_not_allowed"});
    reply.headers.emplace_back("Allow", chat ? "POST, OPTIONS" : "GET, OPTIONS");
    return reply;
  }
  // A page can send other types to anybody without asking first.
  if (chat && !is_json(request.header("Content-Type"))) return error_reply({415, "The Content-Type must be application/json.", {}, "unsupported_media_type"});
  if (!request.header("Content-Encoding").empty()) return error_reply({415, "Send the body without Content-Encoding.", {}, "unsupported_media_type"});
  return std::nullopt;
}

HttpReply ChatApi::answer(const HttpRequest& request) {
  HttpReply reply = path_of(request.target) == kChatPath ? chat(request) : models();
  allow_page(request, reply);
  return reply;
}

HttpReply ChatApi::models() const { return json_reply(200, models_json(models_, started_unix_s_)); }

HttpReply ChatApi::chat(const HttpRequest& request) {
  auto wanted = parse_chat_request(request.body);
  if (!wanted) return error_reply(wanted.error());
  if (wanted->model.empty()) wanted->model = models_.front();
  if (std::ranges::find(models_, wanted->model) == models_.end())
    return error_reply({404, "There is no such model here; GET /v1/models lists what there is.", "model", "model_not_found"});
  const ReplyHead head{cat("chatcmpl-", started_unix_s_, "-", ++answers_), wanted->model, std::time(nullptr)};
  const bool stream = wanted->stream, usage = wanted->stream_usage;
  const std::shared_ptr<Job> job = queue_.submit(*std::move(wanted));
  if (!job) return error_reply({503, "Too many requests wait for the model; try again in a moment.", {}, "queue_full"});

  auto claim = std::make_shared<Claim>(job);
  std::string text, piece;
  bool over = false;
  while (!over && !(stream && !text.empty())) {
    over = job->wait(kLook, piece);
    text += piece;
    // The status does not matter, nobody reads it.
    if (request.client_gone()) return error_reply({408, "The client has gone.", {}, {}});
  }
  if (over && !job->outcome()) return error_reply(job->outcome().error());
  if (!stream) return json_reply(200, completion_json(head, text, *job->outcome()));

  HttpReply reply;
  reply.content_type = "text/event-stream";
  reply.headers.emplace_back("Cache-Control", "no-store");
  reply.body = StreamBody([claim, head, usage, over, ready = first_event(head) + (text.empty() ? "" : text_event(head, text)), gone = request.client_gone](std::string& out) mutable {
    out = std::exchange(ready, {});
    if (!out.empty() && !over) return true;
    std::string more;
    if (!over) over = claim->job->wait(kLook, more);
    if (!more.empty()) out += text_event(head, more);
    if (!over) return !gone();
    const auto& outcome = claim->job->outcome();
    out += outcome ? last_events(head, *outcome, usage) : error_event(outcome.error());
    return false;
  });
  return reply;
}

}  // namespace lab::server
