#include "server/chat_reply.h"

#include "base/cat.h"

namespace lab::server {
namespace {

Json object() { return Json(Json::Object{}); }

Json usage_json(const Answered& a) {
  return object().set("prompt_tokens", a.prompt_tokens).set("completion_tokens", a.completion_tokens).set("total_tokens", a.prompt_tokens + a.completion_tokens);
}

const char* finish_reason(const Answered& answered) { return answered.cut ? "length" : "stop"; }

Json error_json(const ApiError& error) {
  Json details = object();
  details.set("message", error.message).set("type", error.status >= 500 ? "server_error" : "invalid_request_error");
  details.set("param", error.param.empty() ? Json() : Json(error.param)).set("code", error.code.empty() ? Json() : Json(error.code));
  return object().set("error", std::move(details));
}

Json head_json(const ReplyHead& head, std::string_view kind) {
  return object().set("id", head.id).set("object", kind).set("created", head.created_unix_s).set("model", head.model);
}

std::string event(const Json& json) { return cat("data: ", json.dump(), "\n\n"); }

std::string chunk(const ReplyHead& head, Json delta, Json reason) {
  Json choice = object().set("index", 0).set("delta", std::move(delta)).set("logprobs", nullptr).set("finish_reason", std::move(reason));
  return event(head_json(head, "chat.completion.chunk").set("choices", Json::Array{std::move(choice)}));
}

}  // namespace

HttpReply json_reply(int status, const Json& json) {
  HttpReply reply;
  reply.status = status;
  reply.content_type = "application/json";
  reply.headers.emplace_back("Cache-Control", "no-store");
  reply.body = json.dump();
  return reply;
}

HttpReply error_reply(const ApiError& error) {
  HttpReply reply = json_reply(error.status, error_json(error));
  if (error.status == 503) reply.headers.emplace_back("Retry-After", "2");
  return reply;
}

Json models_json(const std::vector<std::string>& ids, std::int64_t created_unix_s) {
  Json list = Json::Array{};
  for (const std::string& id : ids)
    list.array().push_back(object().set("id", id).set("object", "model").set("created", created_unix_s).set("owned_by", "lora-lab"));
  return object().set("object", "list").set("data", std::move(list));
}

Json completion_json(const ReplyHead& head, std::string_view text, const Answered& answered) {
  Json message = object().set("role", "assistant").set("content", text).set("refusal", nullptr);
  Json choice = object().set("index", 0).set("message", std::move(message)).set("logprobs", nullptr).set("finish_reason", finish_reason(answered));
  return head_json(head, "chat.completion").set("choices", Json::Array{std::move(choice)}).set("usage", usage_json(answered));
}

std::string first_event(const ReplyHead& head) { return chunk(head, object().set("role", "assistant").set("content", ""), nullptr); }

std::string text_event(const ReplyHead& head, std::string_view text) { return chunk(head, object().set("content", text), nullptr); }

std::string last_events(const ReplyHead& head, const Answered& answered, bool usage) {
  std::string out = chunk(head, object(), finish_reason(answered));
  if (usage) out += event(head_json(head, "chat.completion.chunk").set("choices", Json::Array{}).set("usage", usage_json(answered)));
  return out + "data: [DONE]\n\n";
}

std::string error_event(const ApiError& error) { return event(error_json(error)); }

}  // namespace lab::server
