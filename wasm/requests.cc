#include "requests.h"

#include "adapters.h"
#include "file/error_json.h"
#include "objects.h"
#include "training_run.h"

namespace lab::wasm {
namespace {

struct Entry { std::string_view name; Result<Json> (*handler)(const Json&); };
constexpr Entry kRequests[] = {
#define LAB_REQUEST(name, asked, answered) {#name, name},
#include "requests.def"
#undef LAB_REQUEST
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

Result<Json> close(const Json& request) {
  const auto number = [&](std::string_view key) -> std::int64_t {
    const Json* value = request.find(key);
    return value != nullptr && value->is_integer() ? value->integer() : 0;
  };
  objects().models.remove(number("model"));
  objects().tokenizers.remove(number("tokenizer"));
  objects().adapters.remove(number("adapter"));
  objects().generations.remove(number("generation"));
  objects().checks.remove(number("check"));
  objects().runs.remove(number("run"));
  return Json(Json::Object{});
}

std::string answer(std::string_view request) {
  const auto result = handle(request);
  return (result ? *result : error_to_json(result.error())).dump();
}

}  // namespace lab::wasm
