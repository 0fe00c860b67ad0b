#include "requests.h"

#include "file/error_json.h"
#include "objects.h"
#include "training_run.h"

namespace lab::wasm {
namespace {

/// Forgets the objects that the request names.
Result<Json> close(const Json& request) {
  const auto number = [&](std::string_view key) -> std::int64_t {
    const Json* value = request.find(key);
    return value != nullptr && value->is_integer() ? value->integer() : 0;
  };
  objects().models.remove(number("model"));
  objects().generations.remove(number("generation"));
  objects().runs.remove(number("run"));
  return Json(Json::Object{});
}

struct Entry { std::string_view name; Result<Json> (*handler)(const Json&); };
constexpr Entry kRequests[] = {
    {"open_model", open_model}, {"load_adapter", load_adapter}, {"tokenize", tokenize}, {"detokenize", detokenize},
    {"generate", start_generation}, {"next", next_token}, {"plan", plan}, {"train", start_training}, {"step", training_step},
    {"validate", validate}, {"save_adapter", save_adapter}, {"save_checkpoint", save_checkpoint}, {"close", close},
};

Result<Json> handle(std::string_view text) {
  LAB_TRY(const Json request, parse_json(text, "request"));
  LAB_TRY(const std::string name, need_string(request, "do"));
  for (const Entry& entry : kRequests)
    if (entry.name == name) return entry.handler(request);
  return fail(Error{Code::kUnsupported, cat("there is no request '", name, "'")}.of("do"));
}

}  // namespace

Objects& objects() {
  static Objects all;
  return all;
}

std::string answer(std::string_view request) {
  const auto result = handle(request);
  return (result ? *result : error_to_json(result.error())).dump();
}

}  // namespace lab::wasm
