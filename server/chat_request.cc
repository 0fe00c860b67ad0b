#include "server/chat_request.h"

#include <cmath>

#include "base/cat.h"

namespace lab::server {
namespace {

std::unexpected<ApiError> bad(std::string_view field, std::string_view sentence) {
  return std::unexpected(ApiError{400, std::string(sentence), std::string(field), {}});
}

/// The member, or null if it is absent or null.
const Json* given(const Json& object, std::string_view key) {
  const Json* value = object.find(key);
  return value == nullptr || value->is_null() ? nullptr : value;
}

using Status = std::expected<void, ApiError>;

#define TRY_FIELD(expression) \
  if (Status status = (expression); !status) return std::unexpected(std::move(status).error())

Status read_number(const Json& body, std::string_view key, double most, double& out) {
  const Json* value = given(body, key);
  if (value == nullptr) return {};
  if (!value->is_number()) return bad(key, cat("'", key, "' must be a number."));
  if (!(value->number() >= 0 && value->number() <= most)) return bad(key, cat("'", key, "' must be between 0 and ", most, "."));
  out = value->number();
  return {};
}

Status read_integer(const Json& body, std::string_view key, std::int64_t least, std::optional<std::int64_t>& out) {
  const Json* value = given(body, key);
  if (value == nullptr) return {};
  if (!value->is_integer()) return bad(key, cat("'", key, "' must be an integer."));
  if (value->integer() < least) return bad(key, cat("'", key, "' must be at least ", least, "."));
  out = value->integer();
  return {};
}

Status read_bool(const Json& body, std::string_view key, std::string_view name, bool& out) {
  const Json* value = given(body, key);
  if (value == nullptr) return {};
  if (!value->is_bool()) return bad(name, cat("'", name, "' must be true or false."));
  out = value->boolean();
  return {};
}

Status read_stop(const Json& body, std::vector<std::string>& out) {
  constexpr std::string_view kSentence = "'stop' must be a text that is not empty, or a list of at most four of them.";
  const Json* value = given(body, "stop");
  if (value == nullptr) return {};
  const Json::Array one{*value};
  const Json::Array& list = value->is_array() ? value->array() : one;
  if (list.size() > 4) return bad("stop", kSentence);
  for (const Json& text : list) {
    if (!text.is_string() || text.string().empty()) return bad("stop", kSentence);
    out.push_back(text.string());
  }
  return {};
}

/// The text of a content: a text itself, or the texts of its parts one after another.
std::expected<std::string, ApiError> read_content(const Json& content, const std::string& field) {
  if (content.is_string()) return content.string();
  if (!content.is_array()) return bad(field, cat("'", field, "' must be a text or a list of text parts."));
  std::string text;
  for (const Json& part : content.array()) {
    const Json* type = part.find("type");
    const Json* words = part.find("text");
    if (type == nullptr || !type->is_string() || type->string() != "text" || words == nullptr || !words->is_string())
      return bad(field, cat("'", field, "' may hold parts of type 'text' only; this model reads nothing else."));
    text += words->string();
  }
  return text;
}

Status read_messages(const Json& body, Json& out) {
  const Json* messages = given(body, "messages");
  if (messages == nullptr) return bad("messages", "'messages' is missing.");
  if (!messages->is_array() || messages->array().empty()) return bad("messages", "'messages' must be a list with at least one message.");
  out = Json::Array{};
  for (std::size_t i = 0; i < messages->array().size(); ++i) {
    const Json& message = messages->array()[i];
    const std::string name = cat("messages[", i, "]");
    if (!message.is_object()) return bad(name, cat("'", name, "' must be an object with 'role' and 'content'."));
    const Json* role = given(message, "role");
    if (role == nullptr || !role->is_string()) return bad(name + ".role", cat("'", name, ".role' must be a text, for example 'user'."));
    const std::string& who = role->string();
    if (who != "system" && who != "developer" && who != "user" && who != "assistant" && who != "tool")
      return bad(name + ".role", cat("'", name, ".role' must be system, developer, user, assistant or tool."));
    const Json* content = given(message, "content");
    if (content == nullptr && who != "assistant") return bad(name + ".content", cat("'", name, ".content' is missing."));
    auto text = content == nullptr ? std::string() : read_content(*content, name + ".content");
    if (!text) return std::unexpected(std::move(text).error());
    out.array().push_back(Json(Json::Object{}).set("role", who == "developer" ? "system" : who).set("content", *std::move(text)));
  }
  return {};
}

}  // namespace

std::expected<ChatRequest, ApiError> parse_chat_request(std::string_view text) {
  const auto parsed = parse_json(text, {}, {.max_depth = 32, .max_values = 100'000});
  if (!parsed) return bad("", cat("The request's body is not JSON: ", parsed.error().text()));
  const Json& body = *parsed;
  if (!body.is_object()) return bad("", "The request's body must be a JSON object.");
  ChatRequest out;
  if (const Json* model = given(body, "model")) {
    if (!model->is_string()) return bad("model", "'model' must be a text.");
    out.model = model->string();
  }
  TRY_FIELD(read_messages(body, out.messages));
  TRY_FIELD(read_integer(body, "max_tokens", 1, out.max_tokens));
  TRY_FIELD(read_integer(body, "max_completion_tokens", 1, out.max_tokens));
  TRY_FIELD(read_number(body, "temperature", 2, out.temperature));
  TRY_FIELD(read_number(body, "top_p", 1, out.top_p));
  TRY_FIELD(read_integer(body, "seed", INT64_MIN, out.seed));
  std::optional<std::int64_t> answers;
  TRY_FIELD(read_integer(body, "n", 1, answers));
  if (answers.value_or(1) != 1) return bad("n", "'n' must be 1; ask again for another answer.");
  TRY_FIELD(read_stop(body, out.stop));
  TRY_FIELD(read_bool(body, "stream", "stream", out.stream));
  if (const Json* options = given(body, "stream_options")) {
    if (!options->is_object()) return bad("stream_options", "'stream_options' must be an object.");
    TRY_FIELD(read_bool(*options, "include_usage", "stream_options.include_usage", out.stream_usage));
  }
  return out;
}

}  // namespace lab::server
